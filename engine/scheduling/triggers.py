"""When a job is due: APScheduler's triggers tell the times, this room keeps them on the clock of the job's zone."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

CRON_FIELDS = ("year", "month", "day", "week", "day_of_week", "hour", "minute", "second")
INTERVAL_UNITS = ("weeks", "days", "hours", "minutes", "seconds")
DEFAULT_MISFIRE_GRACE_S = 3600  # seconds after which a missed time is missed for good


def find_next_time(definition: Mapping[str, Any], zone: ZoneInfo, anchor: datetime, after: datetime) -> datetime | None:
    """Return the first time (UTC) after `after` at which the job is due, or None if there is none.

    `anchor` is the instant from which an interval is counted.
    """
    match definition["trigger"]:
        case "cron":
            return _find_next_cron(definition["cron"], zone, after)
        case "date":
            run_date = get_run_date(definition, zone)
            return run_date if run_date > after else None
        case _:
            return _find_next_interval(definition["interval"], zone, anchor, after)


def get_run_date(definition: Mapping[str, Any], zone: ZoneInfo) -> datetime:
    """Return the instant (UTC) of a job of trigger date."""
    return _parse_local(definition["run_date"], zone)


def get_anchor(definition: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which a job that is first seen at `now` is first due, if it has an interval.

    `next_run_time` moves it: "delayed", "offset:30m", a table of units, or a date and time.
    """
    match definition.get("next_run_time"):
        case None | "now":
            return now
        case "delayed":
            return now + timedelta(minutes=float(definition.get("delay_minutes", 5)))
        case dict() as units:
            return now + timedelta(**{str(unit): int(value) for unit, value in units.items()})
        case str() as text if text.startswith("offset:"):
            unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[text[-1]]
            return now + timedelta(**{unit: int(text[len("offset:") : -1])})
        case text:
            return _parse_local(str(text), zone)


def format_wall(planned: datetime, zone: ZoneInfo) -> str:
    """Return the planned wall time in the zone: the key of a tick. The two folds of an hour are one."""
    return planned.astimezone(zone).replace(tzinfo=None, microsecond=0).isoformat()


def list_next_times(
    definition: Mapping[str, Any], zone: ZoneInfo, anchor: datetime, after: datetime, count: int
) -> list[datetime]:
    """List the next `count` due times (UTC) after `after`, fewer if there are no more."""
    found: list[datetime] = []
    walls: set[str] = set()
    while len(found) < count and (due := find_next_time(definition, zone, anchor, after)) is not None:
        after = due
        if (wall := format_wall(due, zone)) not in walls:
            walls.add(wall)
            found.append(due)
    return found


def _find_next_cron(cron: Mapping[str, Any], zone: ZoneInfo, after: datetime) -> datetime | None:
    own = ZoneInfo(cron["timezone"]) if cron.get("timezone") else zone
    bounds = {key: _parse_local(cron[key], own) for key in ("start_date", "end_date") if cron.get(key)}
    fields = {field: cron[field] for field in CRON_FIELDS if cron.get(field) is not None}
    trigger = CronTrigger(**fields, **bounds, timezone=own)
    # The trigger counts whole seconds, and may name a time that the clock skips: in UTC it is one that exists.
    start = after.astimezone(own) + timedelta(microseconds=1)
    for due in _list_fire_times(trigger, start):
        if due > after:
            return due
    return None


def _list_fire_times(trigger: CronTrigger, start: datetime) -> Iterator[datetime]:
    due = trigger.get_next_fire_time(None, start)
    while due is not None:
        yield due.astimezone(UTC)
        due = trigger.get_next_fire_time(due, due)


def _find_next_interval(
    interval: Mapping[str, Any], zone: ZoneInfo, anchor: datetime, after: datetime
) -> datetime | None:
    length = timedelta(**{unit: float(interval[unit]) for unit in INTERVAL_UNITS if unit in interval})
    first = _parse_local(interval["start_date"], zone) if interval.get("start_date") else anchor
    due = first if first > after else first + ((after - first) // length + 1) * length
    if interval.get("end_date") and due > _parse_local(interval["end_date"], zone):
        return None
    return due


def _parse_local(text: str, zone: ZoneInfo) -> datetime:
    read = datetime.fromisoformat(text)
    return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
