"""Streaks: the same done in consecutive days or weeks, on the days of each person's own time zone."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Date, Integer, Select, String, case, distinct, func, or_, select

from engine.conditions.condition import Condition, RuleScope
from engine.conditions.local_days import get_person_zone
from engine.db.json_rows import build_json_rows
from engine.kudos.models import Kudos, KudosReceiver
from engine.kudos.queries import KUDOS_NOT_UNDONE
from engine.people.models import Person
from engine.periods import get_local_day
from engine.rules.parameters import StreakRule
from engine.scheduling.zones import find_known_zone

UNIT_DAY_COLUMNS = {"day": Date, "unit": Integer}
PRESENT_UNIT_COLUMNS = {"zone": String, "unit": Integer}


def build_streak(parameters: StreakRule, scope: RuleScope) -> Condition:
    """Build the condition that the person gave, or got, thanks in each of the last `count` days or weeks.

    The present one counts if something was done in it already; until it is over it breaks no streak. With
    `only_weekdays` a streak of days passes over weekends.
    """
    present = {name: get_local_day(scope.now, find_known_zone(name, scope.settings.timezone)) for name in scope.zones}
    units = {name: get_unit(day, parameters) for name, day in present.items()}
    listed = list(_list_days_of_units(min(units.values()) - parameters.count, max(present.values()), parameters))
    rows = [{"day": day.isoformat(), "unit": get_unit(day, parameters)} for day in listed]
    days = build_json_rows(scope.dialect, "streak_days", rows, UNIT_DAY_COLUMNS)
    zones = [{"zone": name or "", "unit": unit} for name, unit in units.items()]
    now = build_json_rows(scope.dialect, "present_units", zones, PRESENT_UNIT_COLUMNS)
    done, person_id = _select_thanks(parameters)
    streaks = (_count_units(days.c.unit, now.c.unit - back, parameters.count) for back in (0, 1))
    people = (
        done.join(days, days.c.day == Kudos.day)
        .join(Person, Person.id == person_id)
        .join(now, now.c.zone == get_person_zone())
        .where(KUDOS_NOT_UNDONE, Kudos.given_at <= scope.now, scope.limit_people(person_id))
        .where(Kudos.day >= min(listed, default=date.max))
        .group_by(person_id, now.c.unit)
        .having(or_(*(streak == parameters.count for streak in streaks)))
    )
    return Condition(people)


def get_unit(day: date, parameters: StreakRule) -> int:
    """Return the number of the day's unit: consecutive units have consecutive numbers.

    Where only weekdays count, a weekend belongs to the Monday after it.
    """
    week, weekday = divmod(day.toordinal() - 1, 7)
    if parameters.unit == "week":
        return week
    return week * 5 + min(weekday, 5) if parameters.only_weekdays else day.toordinal()


def _list_days_of_units(first: int, last: date, parameters: StreakRule) -> Iterator[date]:
    """Yield the days up to `last` on which something done counts, the latest first, until before the unit `first`."""
    day = last
    while get_unit(day, parameters) >= first:
        if parameters.unit == "week" or not parameters.only_weekdays or day.weekday() < 5:
            yield day
        day -= timedelta(days=1)


def _select_thanks(parameters: StreakRule) -> tuple[Select[int], ColumnElement[int]]:
    if parameters.activity == "kudos_given":
        return select(Kudos.giver_id.label("person_id")), Kudos.giver_id.expression
    got = select(KudosReceiver.receiver_id.label("person_id")).join(Kudos, Kudos.id == KudosReceiver.kudos_id)
    return got, KudosReceiver.receiver_id.expression


def _count_units(unit: ColumnElement[int], last: ColumnElement[int], count: int) -> ColumnElement[int]:
    return func.count(distinct(case((unit.between(last - count + 1, last), unit))))
