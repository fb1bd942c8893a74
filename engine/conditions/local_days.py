"""The days that a dated rule is asked for, in every time zone of the directory."""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import FromClause, Integer, String, func, literal
from sqlalchemy.sql.elements import ColumnElement

from engine.conditions.condition import RuleScope
from engine.db.json_rows import build_json_rows
from engine.people.models import Person
from engine.periods import get_local_day, list_celebrated_birthdays

MAX_SPAN_DAYS = 366  # days; what was missed before that is no news any more
DAY_COLUMNS = {"zone": String, "month": Integer, "day": Integer, "year": Integer}


def build_local_days(scope: RuleScope) -> FromClause:
    """Build the table (zone, month, day, year) of the days to celebrate; month and day are those of the birth.

    29 February has a row for the day that replaces it in common years.
    """
    rows = [
        {"zone": name or "", "month": born.month, "day": born.day, "year": day.year}
        for name in scope.zones
        for day in _list_days(scope, find_zone(name, scope))
        for born in list_celebrated_birthdays(day, scope.settings.leap_day)
    ]
    return build_json_rows(scope.dialect, "local_days", rows, DAY_COLUMNS)


def find_zone(name: str | None, scope: RuleScope) -> ZoneInfo:
    """Return the zone of that name; the organisation's where there is none such."""
    try:
        return ZoneInfo(name or scope.settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(scope.settings.timezone)


def get_person_zone() -> ColumnElement[str]:
    """Return the expression for a person's time zone as the table of days names it."""
    return func.coalesce(Person.timezone, literal(""))


def _list_days(scope: RuleScope, zone: ZoneInfo) -> Iterator[date]:
    last = get_local_day(scope.now, zone)
    first = last if scope.since is None else get_local_day(scope.since, zone) + timedelta(days=1)
    first = max(min(first, last), last - timedelta(days=MAX_SPAN_DAYS - 1))
    yield from (first + timedelta(days=step) for step in range((last - first).days + 1))
