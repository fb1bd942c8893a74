"""Single values out of a file: each is checked and given back in one spelling, or refused with a ValueError."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from engine.parsing.problems import quote_text

DOTTED_NAME_PATTERN = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
MAX_NAME_LENGTH = 255


def parse_datetime(value: Any) -> str:
    """Parse an ISO date or time, and return it in full ISO format. Raises ValueError for anything else."""
    try:
        read = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        read = None
    if read is None:
        raise ValueError(f"{quote_text(value)} is no date and time, written 2026-12-24 10:00:00")
    return read.isoformat()


def parse_amount(value: Any) -> int:
    """Return a whole number from 0 to ten million. Raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10**7:
        raise ValueError(f"{quote_text(value)} is no whole number from 0 on")
    return value


def parse_timezone(value: Any) -> str:
    """Return the name of an existing time zone. Raises ValueError for anything else."""
    if not isinstance(value, str) or value not in available_timezones():
        raise ValueError(f"{quote_text(value)} is no time zone; one is Europe/Madrid")
    return value


def parse_name(value: Any) -> str:
    """Return a text of 1 to 255 characters, without spaces around it. Raises ValueError for anything else."""
    if not isinstance(value, str) or not 0 < len(value.strip()) <= MAX_NAME_LENGTH:
        raise ValueError(f"{quote_text(value)} is no name of 1 to {MAX_NAME_LENGTH} characters")
    return value.strip()


def parse_names(value: Any) -> list[str]:
    """Return a list of names, each once, in their order. A single name is a list of one. Raises ValueError."""
    return list(dict.fromkeys(parse_name(one) for one in (value if isinstance(value, list) else [value])))


def expect_object(value: Any, like: str) -> dict[str, Any]:
    """Return the table. Raises ValueError for anything else; `like` is the example in it."""
    if isinstance(value, dict):
        return value
    raise ValueError(f"is a table such as {like}, not {quote_text(value)}")


def expect_list(value: Any, like: str) -> list[Any]:
    """Return the list. Raises ValueError for anything else; `like` is the example in it."""
    if isinstance(value, list):
        return value
    raise ValueError(f"is a list such as {like}, not {quote_text(value)}")


def parse_dotted_name(value: Any) -> str:
    """Return the name of a function, such as `engagement.get_login_streak`.

    Raises ValueError for anything else.
    """
    if not isinstance(value, str) or len(value) > MAX_NAME_LENGTH or not DOTTED_NAME_PATTERN.fullmatch(value):
        raise ValueError(f"{quote_text(value)} is no name of a function, such as engagement.get_login_streak")
    return value
