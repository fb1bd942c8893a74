"""JSON from outside: read within bounds, and only what both databases can keep."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn

from engine.errors import BadInput
from engine.parsing.problems import quote_text

MAX_JSON_DEPTH = 20  # levels inside one another


class JsonObject(dict[str, Any]):
    """An object as it was read; `repeated` holds the keys that stood in it more than once."""

    repeated: tuple[str, ...] = ()


def parse_json(text: str) -> Any:
    """Parse the value that `text` holds. Raises BadInput, in a plain sentence, for anything that is not JSON."""
    try:
        return json.loads(text, object_pairs_hook=build_json_object, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise BadInput(f"this is not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise BadInput("this JSON has too many levels inside one another") from None
    except ValueError as error:  # a number of thousands of digits
        raise BadInput(f"this JSON cannot be read: {error}") from None


def build_json_object(pairs: list[tuple[str, Any]]) -> JsonObject:
    """Build the object for `pairs`, for a decoder's `object_pairs_hook`. Repeated keys are noted in it."""
    made = JsonObject(pairs)
    if len(made) < len(pairs):
        made.repeated = tuple(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
    return made


def find_json_faults(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield what no database can store: too many levels, infinite numbers, broken characters.

    A valid value yields an empty sequence.
    """
    if depth > MAX_JSON_DEPTH:
        yield f"has more than {MAX_JSON_DEPTH} levels inside one another"
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from find_json_faults(key, depth)
            yield from find_json_faults(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from find_json_faults(item, depth + 1)
    elif isinstance(value, str) and any(mark == "\0" or "\ud800" <= mark <= "\udfff" for mark in value):
        yield f"{quote_text(value)} holds characters that cannot be stored (\\u0000 or half of a pair)"
    elif isinstance(value, float) and not math.isfinite(value):
        yield "holds a number without end"


def find_repeated_keys(value: Any) -> Iterator[str]:
    """Yield every key that occurs twice in one object, anywhere inside `value`."""
    if isinstance(value, JsonObject):
        yield from value.repeated
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from find_repeated_keys(item)


def _no_number(name: str) -> NoReturn:
    raise BadInput(f"this is not JSON: {name} is no number")
