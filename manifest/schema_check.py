"""Checks against reduced schemas with the platforms' limits on the keys that the product uses."""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

SCHEMA_FOLDER = Path(__file__).parent / "schemas"


def list_schema_faults(document: object, schema: str) -> list[str]:
    """Return a plain sentence for each fault, in the order of the document."""
    found = sorted(_validator(schema).iter_errors(document), key=lambda error: list(map(str, error.absolute_path)))
    return [_sentence(error) for error in found]


@cache
def _validator(name: str) -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # slow to import, and used for manifests only

    schema = json.loads((SCHEMA_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def _sentence(error: "ValidationError") -> str:
    where = _place(error) or "it"
    limit: Any = error.validator_value
    given: Any = error.instance
    schema: Any = error.schema
    match error.validator:
        case "maxLength":
            return f"{where} has {len(given)} characters, and at most {limit} are taken"
        case "minLength":
            return f"{where} has {len(given)} characters, and at least {limit} are needed"
        case "maxItems" | "minItems":
            bound = "at most" if error.validator == "maxItems" else "at least"
            return f"{where} has {len(given)} entries instead of {bound} {limit}"
        case "uniqueItems":
            return f"{where} has an entry twice"
        case "required":
            return f"{where} lacks {', '.join(sorted(set(limit) - set(given)))}"
        case "additionalProperties":
            unknown = ", ".join(sorted(set(given) - set(schema.get("properties", ()))))
            return f"{where} has {unknown}, which is not known there"
        case "enum" | "const":
            allowed = limit if isinstance(limit, list) else [limit]
            return f"{where} is {given!r} instead of {' or '.join(map(repr, allowed))}"
        case "not":
            return f"{where} is not known in this version of the manifest"
        case _:
            wanted = schema.get("description") or f"{error.validator} {error.validator_value}"
            return f"{where} is {given!r} instead of {wanted}"


def _place(error: "ValidationError") -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    return "".join(steps).removeprefix(".")
