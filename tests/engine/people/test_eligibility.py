"""The predicate says the same in SQL and in Python, and each wish counts for its own purpose."""

from itertools import product
from typing import get_args

import pytest
from sqlalchemy import select

from engine.db.connection import DatabaseSession
from engine.people.eligibility import WISHES_BY_PURPOSE, EligibilityPurpose, build_eligible_clause, is_eligible
from engine.people.models import Person
from tests.conftest import NOW
from tests.tables import each_row

PURPOSES: tuple[EligibilityPurpose, ...] = get_args(EligibilityPurpose)
FLAGS = ("active", "no_birthday_post", "no_public_kudos", "not_on_boards", "direct_news")


def every_sort() -> list[Person]:
    """One person for every combination of what could count."""
    sorts = product(("employee", "guest", "bot"), ("admin", "member"), *([(True, False)] * len(FLAGS)))
    return [
        Person(
            display_name=f"{kind} {role} {flags}",
            kind=kind,
            role=role,
            created_at=NOW,
            updated_at=NOW,
            **dict(zip(FLAGS, flags, strict=True)),
        )
        for kind, role, *flags in sorts
    ]


@pytest.mark.parametrize("purpose", PURPOSES)
async def test_sql_and_python_agree_on_everybody(session: DatabaseSession, purpose: EligibilityPurpose) -> None:
    people = every_sort()
    session.add_all(people)
    await session.flush()
    chosen = set(await session.scalars(select(Person.id).where(build_eligible_clause(purpose))))
    refused = set(await session.scalars(select(Person.id).where(~build_eligible_clause(purpose))))
    assert chosen == {person.id for person in people if is_eligible(person, purpose)}
    assert chosen | refused == {person.id for person in people}
    assert chosen
    assert refused


@each_row("purpose", PURPOSES)
def test_only_the_purposes_own_wish_keeps_an_active_employee_out(purpose: EligibilityPurpose) -> None:
    for person in every_sort():
        unwilling = {"birthday": person.no_birthday_post, "board": person.not_on_boards}.get(purpose, False)
        assert is_eligible(person, purpose) == (person.active and person.kind == "employee" and not unwilling)


def test_every_purpose_has_its_line() -> None:
    assert set(WISHES_BY_PURPOSE) == set(PURPOSES)
