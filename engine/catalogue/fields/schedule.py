"""The schedule of a reward: the trigger of its job, and the fields of a cron table, each within its bounds."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from engine.parsing.problems import ParseContext, quote_text
from engine.parsing.values import expect_object, parse_amount, parse_datetime, parse_timezone

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

CRON_FIELD_BOUNDS: Mapping[str, tuple[int, int]] = {
    "year": (1970, 9999), "month": (1, 12), "day": (1, 31), "week": (1, 53), "day_of_week": (0, 6),
    "hour": (0, 23), "minute": (0, 59), "second": (0, 59),
}  # fmt: skip

CRON_FIELD_NAMES: Mapping[str, Mapping[str, int]] = {
    "month": {name: number for number, name in enumerate(MONTHS, 1)},
    "day_of_week": {name: number for number, name in enumerate(WEEKDAYS)},
}

NTH_WEEKDAY_PATTERN = re.compile(rf"(1st|2nd|3rd|4th|5th|last)\s+({'|'.join(WEEKDAYS)})")
CRON_PART_PATTERN = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d{1,4}))?", re.ASCII)

CRON_OPTION_PARSERS: Mapping[str, Callable[[Any], Any]] = {
    "start_date": parse_datetime, "end_date": parse_datetime, "timezone": parse_timezone, "jitter": parse_amount,
}  # fmt: skip


def parse_cron(given: Any, reading: ParseContext) -> dict[str, Any]:
    """Check each field of a cron table and return the table as given. Raises ValueError, naming the field."""
    if not isinstance(given, dict) or not any(field in given for field in CRON_FIELD_BOUNDS):
        raise ValueError(f"cron is a table such as {{day_of_week: fri, hour: 17}}, not {quote_text(given)}")
    reading.unknown_keys("job.cron", given, (*CRON_FIELD_BOUNDS, *CRON_OPTION_PARSERS))
    for field in CRON_FIELD_BOUNDS:
        if given.get(field) is not None and not _is_field(field, given[field]):
            low, high = CRON_FIELD_BOUNDS[field]
            raise ValueError(f"cron.{field} {quote_text(given[field])} is no time from {low} to {high}")
    check_cron_options(given)
    return {key: value for key, value in given.items() if value is not None}


def check_cron_options(given: Mapping[str, Any]) -> None:
    """Raise ValueError if the dates, the time zone or the jitter of a trigger cannot be read."""
    for key, check in CRON_OPTION_PARSERS.items():
        if given.get(key) is not None:
            check(given[key])


def _is_field(field: str, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return False
    return all(_is_part(field, part.strip().lower()) for part in str(value).split(","))


def _is_part(field: str, part: str) -> bool:
    if field == "day" and (part == "last" or NTH_WEEKDAY_PATTERN.fullmatch(part)):
        return True
    found = CRON_PART_PATTERN.fullmatch(part)
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
    number = int(text[:9]) if text.isdecimal() else CRON_FIELD_NAMES.get(field, {}).get(text)
    low, high = CRON_FIELD_BOUNDS[field]
    return number if number is not None and low <= number <= high else None


INTERVAL_UNITS = ("weeks", "days", "hours", "minutes", "seconds")

JOB_KEYS = (
    "trigger", "interval", "schedule", "cron", "date", "run_date", "skip_past_dates", "next_run_time",
    "delay_minutes", "id", "name", "timezone", "jitter", "misfire_grace_time", "max_instances", "coalesce",
    "replace_existing",
)  # fmt: skip

TRIGGER_KEYS: Mapping[str, tuple[str, ...]] = {
    "cron": ("cron",), "date": ("date", "run_date"), "interval": ("interval", "schedule"),
}  # fmt: skip

PLAN_KEYS = {key for keys in TRIGGER_KEYS.values() for key in keys}
JOB_NUMBER_KEYS = ("jitter", "misfire_grace_time", "max_instances", "delay_minutes")
JOB_BOOLEAN_KEYS = ("coalesce", "replace_existing", "skip_past_dates")
DEFAULT_INTERVAL = {"hours": 6}

ParsedJob = dict[str, Any]


def parse_job(given: Any, reading: ParseContext) -> ParsedJob | None:
    """Parse a job with trigger interval, cron or date. Return None for an empty table.

    Accepts `{trigger: interval, interval: {hours: 2}}`, `{trigger: cron, cron: {…}}`, `{trigger: date, run_date}`.
    Times without a zone are those of the job's `timezone`, or the organisation's. Raises ValueError for what is no
    schedule.
    """
    if given == {}:
        return None
    read = expect_object(given, '{"trigger": "cron", "cron": {"hour": 16}}')
    present = {key: value for key, value in read.items() if value is not None}
    reading.unknown_keys("job", present, JOB_KEYS)
    trigger = _trigger(present)
    kept = {key: value for key, value in present.items() if key not in TRIGGER_KEYS[trigger]}
    for key in PLAN_KEYS & kept.keys():
        reading.warn(f"job: {quote_text(key)} is kept, but not used by a job of trigger {trigger}")
    _check_common(kept)
    return kept | {"trigger": trigger} | _planned(trigger, present, reading)


def _trigger(given: Mapping[str, Any]) -> str:
    named = given.get("trigger")
    if named is None:
        found = [name for name in ("cron", "date", "interval") if name in given]
        named = found[0] if found else "date" if "run_date" in given else "interval"
    if not isinstance(named, str) or named.lower() not in ("interval", "cron", "date"):
        raise ValueError(f"trigger is interval, cron or date, not {quote_text(named)}")
    return named.lower()


def _planned(trigger: str, given: Mapping[str, Any], reading: ParseContext) -> ParsedJob:
    match trigger:
        case "cron":
            return {"cron": parse_cron(given.get("cron"), reading)}
        case "date":
            return _date(given, reading)
        case _:
            return {"interval": _interval(given, reading)} | _first_run(given)


def _date(given: Mapping[str, Any], reading: ParseContext) -> ParsedJob:
    inner = given.get("date", {})
    nested = inner if isinstance(inner, dict) else {"run_date": inner}
    reading.unknown_keys("job.date", nested, ("run_date", "timezone"))
    value = given.get("run_date", nested.get("run_date"))
    if value is None:
        raise ValueError("a job of trigger date has a run_date")
    zone = {"timezone": parse_timezone(nested["timezone"])} if nested.get("timezone") else {}
    others = {key: one for key, one in nested.items() if key not in ("run_date", "timezone")}
    return zone | {"run_date": parse_datetime(value)} | ({"date": others} if others else {})


def _interval(given: Mapping[str, Any], reading: ParseContext) -> ParsedJob:
    if "interval" in given and "schedule" in given:
        reading.warn('job: "schedule" is left out, as there is an interval')
    interval = given.get("interval", given.get("schedule"))
    if interval is None:
        reading.warn("job: no interval is given; it is every 6 hours")
        return dict(DEFAULT_INTERVAL)
    if not isinstance(interval, dict) or not interval:
        raise ValueError(f"interval is a table such as {{hours: 2}}, not {quote_text(interval)}")
    reading.unknown_keys("job.interval", interval, (*INTERVAL_UNITS, *CRON_OPTION_PARSERS))
    check_cron_options(interval)
    amounts = [parse_amount(interval[unit]) for unit in INTERVAL_UNITS if unit in interval]
    if not sum(amounts):
        raise ValueError("interval is longer than nothing")
    return dict(interval)


def _first_run(given: Mapping[str, Any]) -> ParsedJob:
    """Parse `next_run_time`: `now`, `delayed`, `offset:30m`, a table of units, or a date and time."""
    first = given.get("next_run_time")
    if first is None:
        return {}
    if isinstance(first, dict) and first and all(unit in INTERVAL_UNITS for unit in first):
        return {"next_run_time": {unit: parse_amount(value) for unit, value in first.items()}}
    if first in ("now", "delayed") or isinstance(first, str) and re.fullmatch(r"offset:\d{1,6}[smhd]", first, re.ASCII):
        return {"next_run_time": first}
    return {"next_run_time": parse_datetime(first)}


def _check_common(kept: Mapping[str, Any]) -> None:
    for key in JOB_NUMBER_KEYS:
        if key in kept:
            parse_amount(kept[key])
    for key in JOB_BOOLEAN_KEYS:
        if kept.get(key, True) not in (True, False):
            raise ValueError(f"{key} is true or false, not {quote_text(kept[key])}")
    for key in ("id", "name"):
        if not isinstance(kept.get(key, ""), str) or len(kept.get(key, "")) > 255:
            raise ValueError(f"{key} is text of at most 255 characters")
    if "timezone" in kept:
        parse_timezone(kept["timezone"])
