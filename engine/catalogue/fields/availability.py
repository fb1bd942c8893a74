"""When a reward can be given: dates in either order, times and days, brought into one spelling."""

import re
from collections.abc import Mapping
from typing import Any

from engine.errors import BadInput
from engine.parsing.problems import ParseContext, quote_text
from engine.parsing.values import expect_object
from engine.rewards.availability import parse_month_days

AVAILABILITY_KEYS = ("start_date", "end_date", "start_time", "end_time", "dow")
AVAILABILITY_FIELD = "availability_rule"


def parse_availability_rule(given: Any, reading: ParseContext) -> dict[str, Any]:
    """Parse the rule: dates as MM-DD, times as HH:MM:SS and `dow` as a list of days (0 is Monday).

    Dates are read in the one order in which both ends exist; if both orders fit, as MM-DD, with a warning. Raises
    ValueError for what cannot be read.
    """
    read = expect_object(given, '{"start_date": "12-01", "end_date": "12-31"}')
    rule = {key: value for key, value in read.items() if value is not None and value != []}
    for key in rule:
        if key not in AVAILABILITY_KEYS:
            reading.warn(
                f"{AVAILABILITY_FIELD}: {quote_text(key)} is kept, but does not limit when the reward can be given"
            )
    times = {key: _time(rule[key]) for key in ("start_time", "end_time") if key in rule}
    return rule | _dates(rule, reading) | times | _days(rule)


def _dates(rule: Mapping[str, Any], reading: ParseContext) -> dict[str, str]:
    start, end = (_date(rule.get(key)) for key in ("start_date", "end_date"))
    try:
        read = parse_month_days(start, end)
        turned = parse_month_days(_turned(start), _turned(end))
    except BadInput:
        raise ValueError(f"{_range(start, end)} are not days of the year, written MM-DD (12-24) or DD-MM") from None
    if turned != read:
        reading.warn(
            f"{AVAILABILITY_FIELD}: {_range(start, end)} can be read in both orders; they are read as month-day (MM-DD)"
        )
    return {
        key: f"{day.month:02d}-{day.day:02d}" for key, day in zip(("start_date", "end_date"), read, strict=True) if day
    }


def _date(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"\s*\d{1,2}[-/]\d{1,2}\s*", value, re.ASCII):
        raise ValueError(f"{quote_text(value)} is no day of the year, written MM-DD (12-24) or DD-MM")
    return value.strip().replace("/", "-")


def _turned(day: str | None) -> str | None:
    return day and "-".join(reversed(day.split("-")))


def _range(start: str | None, end: str | None) -> str:
    return " and ".join(day for day in (start, end) if day)


def _time(value: Any) -> str:
    found = re.fullmatch(r"(\d{1,2}):(\d\d)(?::(\d\d))?", value.strip(), re.ASCII) if isinstance(value, str) else None
    hour, minute, second = (int(part or 0) for part in found.groups()) if found else (99, 0, 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"{quote_text(value)} is no time of day, written HH:MM or HH:MM:SS")
    return f"{hour:02d}:{minute:02d}:{second:02d}"


def _days(rule: Mapping[str, Any]) -> dict[str, list[int]]:
    if "dow" not in rule:
        return {}
    days = rule["dow"] if isinstance(rule["dow"], list) else [rule["dow"]]
    if any(isinstance(day, bool) or not isinstance(day, int) or not 0 <= day <= 6 for day in days):
        raise ValueError("dow is a list of days from 0 (Monday) to 6 (Sunday)")
    return {"dow": sorted(set(days))}
