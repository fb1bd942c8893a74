"""Birthdays and anniversaries, on the day of each person's own time zone."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Integer, String, and_, cast, extract, literal, select

from engine.conditions.condition import Condition, RuleScope
from engine.conditions.local_days import build_local_days, get_person_zone
from engine.people.eligibility import build_eligible_clause
from engine.people.models import Person
from engine.rules.parameters import EmploymentAnniversary, RuleParameters, WorkAnniversary


def build_birthday(parameters: RuleParameters, scope: RuleScope) -> Condition:
    """Build the condition that it is the person's birthday: `birthday-2026`."""
    days = build_local_days(scope)
    today = and_(days.c.zone == get_person_zone(), days.c.month == Person.birth_month, days.c.day == Person.birth_day)
    people = (
        select(Person.id.label("person_id"), literal("birthday-").concat(cast(days.c.year, String)).label("occurrence"))
        .join(days, today)
        .where(build_eligible_clause("birthday"), scope.limit_people(Person.id))
    )
    return Condition(people, dated=True, yearly=True)


def build_work_anniversary(parameters: WorkAnniversary, scope: RuleScope) -> Condition:
    """Build the condition that it is the day on which the person has been here for exactly `years`."""
    return _build_anniversary(scope, lambda years: years == parameters.years)


def build_employment_anniversary(parameters: EmploymentAnniversary, scope: RuleScope) -> Condition:
    """Build the condition that it is an anniversary of the person's first day, from `starting_year` years on."""
    return _build_anniversary(scope, lambda years: years >= parameters.starting_year)


def build_employment_duration(parameters: RuleParameters, scope: RuleScope) -> Condition:
    """Build the condition that it is an anniversary of the person's first day."""
    return _build_anniversary(scope, lambda years: years >= 1)


def _build_anniversary(scope: RuleScope, accepts: Callable[[ColumnElement[int]], ColumnElement[bool]]) -> Condition:
    """Build the condition of an anniversary: `years-5`, with the argument `years_employed`."""
    days = build_local_days(scope)
    began = {part: cast(extract(part, Person.start_date), Integer) for part in ("year", "month", "day")}
    years = days.c.year - began["year"]
    today = and_(
        days.c.zone == get_person_zone(), days.c.month == began["month"], days.c.day == began["day"], accepts(years)
    )
    occurrence = literal("years-").concat(cast(years, String)).label("occurrence")
    people = (
        select(Person.id.label("person_id"), occurrence, years.label("arg_years_employed"))
        .join(days, today)
        .where(Person.start_date.is_not(None), years >= 1, scope.limit_people(Person.id))
    )
    return Condition(people, dated=True, yearly=True)
