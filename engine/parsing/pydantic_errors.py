"""What pydantic finds wrong, said in plain words: the one place where its kinds of fault become sentences."""

from collections.abc import Mapping
from itertools import takewhile

from pydantic_core import ErrorDetails

ERROR_SENTENCES: Mapping[str, str] = {  # placeholders are those of the fault's own context
    "missing": "is missing",
    "extra_forbidden": "is not known",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), "must be a whole number"),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "must be a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false"),
    "string_type": "must be text",
    "list_type": "must be a list",
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "must be a table of keys"),
    **dict.fromkeys(("literal_error", "enum"), "must be {expected}"),
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
    "string_too_short": "must have {min_length} or more characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have {min_length} or more parts",
    "too_long": "is too long: {max_length} is the most",
}

PYDANTIC_TYPE_NAMES = frozenset({"str", "int", "float", "bool"})
OTHER_ERROR_SENTENCE = "cannot be used as it is"
VALUE_ERROR_TYPE = "value_error"  # a sentence of our own validators, which pydantic hands on


def describe_error(fault: ErrorDetails, where: str) -> str:
    """Describe `fault` in a sentence that begins with `where`, the name that its author wrote.

    No value is repeated.
    """
    if fault["type"] == VALUE_ERROR_TYPE:
        words = str(fault["ctx"]["error"])
        return words if not where or words.startswith(where) else f"{where}: {words}"
    words = (
        ERROR_SENTENCES.get(fault["type"], OTHER_ERROR_SENTENCE).format_map(fault.get("ctx", {})).replace("'', ", "")
    )  # "" is "not set"
    return f"{where}: {words}" if where else words


def get_error_path(fault: ErrorDetails) -> str:
    """Return where the fault is, by the keys that its author wrote.

    Pydantic also adds the type that it tried where several fit; this is removed.
    """
    tried = (str(part) for part in fault["loc"])
    return ".".join(takewhile(lambda part: part not in PYDANTIC_TYPE_NAMES and "[" not in part, tried))
