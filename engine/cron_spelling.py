"""The fields of a cron table: numbers, names, ranges, steps and lists, each within its bounds."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from engine.plain_values import amount, instant, time_zone
from engine.remarks import Reading, quoted

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BOUNDS: Mapping[str, tuple[int, int]] = {
    "year": (1970, 9999), "month": (1, 12), "day": (1, 31), "week": (1, 53), "day_of_week": (0, 6),
    "hour": (0, 23), "minute": (0, 59), "second": (0, 59),
}  # fmt: skip
NAMES: Mapping[str, Mapping[str, int]] = {
    "month": {name: number for number, name in enumerate(MONTHS, 1)},
    "day_of_week": {name: number for number, name in enumerate(WEEKDAYS)},
}
NTH_WEEKDAY = re.compile(rf"(1st|2nd|3rd|4th|5th|last)\s+({'|'.join(WEEKDAYS)})")
PART = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d{1,4}))?", re.ASCII)
OTHERS: Mapping[str, Callable[[Any], Any]] = {
    "start_date": instant, "end_date": instant, "timezone": time_zone, "jitter": amount,
}  # fmt: skip


def cron(given: Any, reading: Reading) -> dict[str, Any]:
    """The table as it was given, each field checked. Raises ValueError, naming the field."""
    if not isinstance(given, dict) or not any(field in given for field in BOUNDS):
        raise ValueError(f"cron is a table such as {{day_of_week: fri, hour: 17}}, not {quoted(given)}")
    reading.unknown_keys("job.cron", given, (*BOUNDS, *OTHERS))
    for field in BOUNDS:
        if given.get(field) is not None and not _is_field(field, given[field]):
            low, high = BOUNDS[field]
            raise ValueError(f"cron.{field} {quoted(given[field])} is no time from {low} to {high}")
    check_others(given)
    return {key: value for key, value in given.items() if value is not None}


def check_others(given: Mapping[str, Any]) -> None:
    for key, check in OTHERS.items():
        if given.get(key) is not None:
            check(given[key])


def _is_field(field: str, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return False
    return all(_is_part(field, part.strip().lower()) for part in str(value).split(","))


def _is_part(field: str, part: str) -> bool:
    if field == "day" and (part == "last" or NTH_WEEKDAY.fullmatch(part)):
        return True
    found = PART.fullmatch(part)
    if found is None:
        return False
    everything, first, last, step = found.groups()
    if step is not None and int(step) == 0:
        return False
    low, high = _number(field, first), _number(field, last or first)
    return bool(everything) or low is not None and high is not None and low <= high


def _number(field: str, text: str | None) -> int | None:
    if text is None:
        return None
    number = int(text[:9]) if text.isdecimal() else NAMES.get(field, {}).get(text)
    low, high = BOUNDS[field]
    return number if number is not None and low <= number <= high else None
