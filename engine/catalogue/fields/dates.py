"""How often a reward is given and from when on: `timeframe` and `effective_date`, brought into one spelling."""

from datetime import datetime
from typing import Any

from engine import periods
from engine.parsing.problems import ParseContext, quote_text
from engine.parsing.values import parse_datetime
from engine.periods import is_calendar_timeframe, parse_window


def parse_timeframe(given: Any) -> str | None:
    """Return a bucket of the calendar ("daily"), a window ("hours:2"), or None for "" and "none".

    Raises ValueError for anything else.
    """
    words = given.strip().lower() if isinstance(given, str) else given
    if words in ("", "none"):
        return None
    if isinstance(words, str) and is_calendar_timeframe(words):
        return words
    if isinstance(words, str) and (window := parse_window(words)):
        return f"{window.unit}:{window.count}"
    known = [*periods.CALENDAR_BUCKETS, *periods.UNIT_ALIASES]
    raise ValueError(f"{quote_text(given)} is none of {', '.join(known)} (hours:2 for a number of them)")


def parse_effective_date(given: Any, reading: ParseContext) -> datetime:
    """Parse an ISO date or time into an aware datetime. Without a zone it is one of the organisation's.

    Raises ValueError for anything else.
    """
    read = datetime.fromisoformat(parse_datetime(given))
    return read if read.tzinfo else read.replace(tzinfo=reading.zone)
