"""Who may give and who may get: every way in which catalogues write `assigner` and `awardee`, brought into one."""

import ast
import json
from collections.abc import Mapping
from typing import Any

from engine.parsing.problems import Reading, meant, quoted
from engine.rewards.targeting import FIELDS

ALIASES: Mapping[str, str] = {
    "job_codes": "job_code", "group": "groups", "program": "programs", "departments": "department",
    "department_code": "department", "emails": "email", "user_ids": "user_id", "associate_id": "employee_id",
    "employee_ids": "employee_id", "titles": "title", "worker_types": "worker_type",
}  # fmt: skip

KEYS = FIELDS | {"user_id", *ALIASES}

LONGEST_ID = 18  # digits

LONGEST_ENTRY = 10_000  # characters of an entry that is JSON inside a string

Entry = dict[str, list[Any]]


def targets(given: Any, where: str, reading: Reading) -> list[Entry]:
    """A list of tables of lists: one table that fits is enough, every key of it must fit, any value of a list does.

    Raises ValueError for what names nobody: an empty table, a wrong type.
    """
    entries = given if isinstance(given, list) else [given]
    return [read for entry in entries for read in _entries(entry, where, reading)]


def _entries(entry: Any, where: str, reading: Reading) -> list[Entry]:
    match entry:
        case bool():
            raise ValueError(f"{quoted(entry)} names nobody")
        case int():
            return [{"user_id": [_user_id(entry)]}]
        case str():
            return _from_text(entry.strip(), where, reading)
        case dict():
            return [_table(entry, where, reading)]
        case _:
            raise ValueError(f"an entry is a table, an e-mail address or a user id, not {quoted(entry)}")


def _from_text(text: str, where: str, reading: Reading) -> list[Entry]:
    if text[:1] in ("{", "["):
        return targets(_inside(text), where, reading)
    if "@" in text:
        return [{"email": [text.lower()]}]
    if text.isdecimal():
        return [{"user_id": [_user_id(text)]}]
    if not text:
        raise ValueError("an empty entry names nobody")
    reading.warn(f"{where}: {quoted(text)} is no e-mail address and no user id; it is read as a group")
    return [{"groups": [text]}]


def _inside(text: str) -> Any:
    """The table that a string spells, as JSON or with the quotes of Python."""
    if len(text) > LONGEST_ENTRY:
        raise ValueError(f"an entry has at most {LONGEST_ENTRY} characters")
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
        if isinstance(found, dict | list):
            return found
    raise ValueError(f"{quoted(text)} looks like JSON and is none")


def _table(entry: Mapping[Any, Any], where: str, reading: Reading) -> Entry:
    if not entry:
        raise ValueError("an empty table names nobody; an empty list means everybody")
    table: Entry = {}
    for key, value in entry.items():
        name = ALIASES.get(key, str(key))
        values = _values(name, value)
        table[name] = table.get(name, []) + [one for one in values if one not in table.get(name, [])]
    warn_of_near_misses(entry, where, reading)
    return table


def warn_of_near_misses(keys: Mapping[Any, Any], where: str, reading: Reading) -> None:
    """A key that is no field of the directory is an attribute of people; one that is nearly a field is a slip."""
    for key in keys:
        if key not in KEYS and (suggestion := meant(str(key), KEYS)):
            reading.warn(f"{where}: {quoted(key)} is read as an attribute of people{suggestion}")


def _values(name: str, value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    if not values:
        raise ValueError(f"{quoted(name)} is an empty list, which names nobody")
    for one in values:
        if isinstance(one, dict | list | None) or one == "":
            raise ValueError(f"{quoted(name)} is a list of words or numbers")
    if name == "user_id":
        return [_user_id(one) for one in values]
    return [_trimmed(name, one) for one in values]


def _trimmed(name: str, one: Any) -> Any:
    if not isinstance(one, str):
        return one
    return one.strip().lower() if name == "email" else one.strip()


def _user_id(one: Any) -> int:
    digits = str(one).strip() if isinstance(one, int | str) and not isinstance(one, bool) else ""
    if digits.isdecimal() and len(digits) <= LONGEST_ID:
        return int(digits)
    raise ValueError(f'"user_id" is a list of whole numbers, not {quoted(one)}')
