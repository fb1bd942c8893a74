"""Who may give and who may get: every way in which catalogues write `assigner` and `awardee`, brought into one."""

import ast
import json
from collections.abc import Mapping
from typing import Any

from engine.parsing.problems import ParseContext, quote_text, suggest_known_name
from engine.rewards.targeting import PERSON_FIELDS

TARGET_KEY_ALIASES: Mapping[str, str] = {
    "job_codes": "job_code", "group": "groups", "program": "programs", "departments": "department",
    "department_code": "department", "emails": "email", "user_ids": "user_id", "associate_id": "employee_id",
    "employee_ids": "employee_id", "titles": "title", "worker_types": "worker_type",
}  # fmt: skip

TARGET_KEYS = PERSON_FIELDS | {"user_id", *TARGET_KEY_ALIASES}
MAX_USER_ID_DIGITS = 18  # digits
MAX_TARGET_TEXT_LENGTH = 10_000  # characters of an entry that is JSON inside a string

TargetEntry = dict[str, list[Any]]


def parse_targets(given: Any, where: str, reading: ParseContext) -> list[TargetEntry]:
    """Parse `assigner` or `awardee` into a list of tables of lists.

    One table that fits a person is enough; every key of it must fit, by any value of its list. Raises ValueError for an
    entry that names no person: an empty table, a wrong type.
    """
    entries = given if isinstance(given, list) else [given]
    return [read for entry in entries for read in _entries(entry, where, reading)]


def _entries(entry: Any, where: str, reading: ParseContext) -> list[TargetEntry]:
    match entry:
        case bool():
            raise ValueError(f"{quote_text(entry)} names nobody")
        case int():
            return [{"user_id": [_user_id(entry)]}]
        case str():
            return _from_text(entry.strip(), where, reading)
        case dict():
            return [_table(entry, where, reading)]
        case _:
            raise ValueError(f"an entry is a table, an e-mail address or a user id, not {quote_text(entry)}")


def _from_text(text: str, where: str, reading: ParseContext) -> list[TargetEntry]:
    if text[:1] in ("{", "["):
        return parse_targets(_inside(text), where, reading)
    if "@" in text:
        return [{"email": [text.lower()]}]
    if text.isdecimal():
        return [{"user_id": [_user_id(text)]}]
    if not text:
        raise ValueError("an empty entry names nobody")
    reading.warn(f"{where}: {quote_text(text)} is no e-mail address and no user id; it is read as a group")
    return [{"groups": [text]}]


def _inside(text: str) -> Any:
    """Parse the table or list that a string holds, as JSON or with the quotes of Python.

    Raises ValueError if it is neither, or too long.
    """
    if len(text) > MAX_TARGET_TEXT_LENGTH:
        raise ValueError(f"an entry has at most {MAX_TARGET_TEXT_LENGTH} characters")
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
        if isinstance(found, dict | list):
            return found
    raise ValueError(f"{quote_text(text)} looks like JSON and is none")


def _table(entry: Mapping[Any, Any], where: str, reading: ParseContext) -> TargetEntry:
    if not entry:
        raise ValueError("an empty table names nobody; an empty list means everybody")
    table: TargetEntry = {}
    for key, value in entry.items():
        name = TARGET_KEY_ALIASES.get(key, str(key))
        values = _values(name, value)
        table[name] = table.get(name, []) + [one for one in values if one not in table.get(name, [])]
    warn_of_near_misses(entry, where, reading)
    return table


def parse_conditions(given: Any, reading: ParseContext) -> Any:
    """Return the conditions as they are. Warn of keys that are nearly fields of the directory."""
    if isinstance(given, dict):
        warn_of_near_misses(given, "conditions", reading)
    return given


def warn_of_near_misses(keys: Mapping[Any, Any], where: str, reading: ParseContext) -> None:
    """Warn of each key that is not a field of the directory but nearly one. Other keys are attributes of people."""
    for key in keys:
        if key not in TARGET_KEYS and (suggestion := suggest_known_name(str(key), TARGET_KEYS)):
            reading.warn(f"{where}: {quote_text(key)} is read as an attribute of people{suggestion}")


def _values(name: str, value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    if not values:
        raise ValueError(f"{quote_text(name)} is an empty list, which names nobody")
    for one in values:
        if isinstance(one, dict | list | None) or one == "":
            raise ValueError(f"{quote_text(name)} is a list of words or numbers")
    if name == "user_id":
        return [_user_id(one) for one in values]
    trimmed = [one.strip() if isinstance(one, str) else one for one in values]
    return [one.lower() if name == "email" and isinstance(one, str) else one for one in trimmed]


def _user_id(one: Any) -> int:
    digits = str(one).strip() if isinstance(one, int | str) and not isinstance(one, bool) else ""
    if digits.isdecimal() and len(digits) <= MAX_USER_ID_DIGITS:
        return int(digits)
    raise ValueError(f'"user_id" is a list of whole numbers, not {quote_text(one)}')
