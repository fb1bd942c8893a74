"""Our frozen values to JSON and back: first answers are stored, dialog state is stored."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from bot.protocol import elements as cards
from bot.protocol import forms, turns

VALUE_TYPES: dict[str, type] = {
    name: kind
    for module in (cards, forms, turns)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and is_dataclass(kind)
}

UNSTORABLE_IN_JSON = re.compile("[\0\ud800-\udfff]")  # NUL and unpaired surrogates: PostgreSQL's JSON holds neither


def dump_value(value: object) -> Any:
    """Convert a value to JSON that a database can store.

    It accepts this project's dataclasses, tuples, mappings, dates and plain data. Raises TypeError for other types.
    """
    match value:
        case str():
            return UNSTORABLE_IN_JSON.sub("\ufffd", value)
        case None | bool() | int():
            return value
        case datetime():
            return {"$": "datetime", "value": value.isoformat()}
        case date():
            return {"$": "date", "value": value.isoformat()}
        case frozenset():
            return {"$": "frozenset", "value": sorted(value)}
        case tuple() | list():
            return [dump_value(item) for item in value]
        case Mapping():
            return {key: dump_value(item) for key, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {"$": type(value).__name__} | {
                name: dump_value(getattr(value, name)) for name in _names(type(value))
            }
        case _:
            raise TypeError(f"no JSON for {type(value).__name__}")


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


def load_value(data: Any) -> Any:
    """Restore the value that `dump_value` wrote. Lists come back as tuples."""
    match data:
        case list():
            return tuple(load_value(item) for item in data)
        case {"$": "datetime", "value": text}:
            return datetime.fromisoformat(text)
        case {"$": "date", "value": text}:
            return date.fromisoformat(text)
        case {"$": "frozenset", "value": items}:
            return frozenset(items)
        case {"$": kind}:
            return VALUE_TYPES[kind](**{str(name): load_value(item) for name, item in data.items() if name != "$"})
        case dict():
            return {key: load_value(item) for key, item in data.items()}
        case _:
            return data
