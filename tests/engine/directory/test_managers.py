"""Managers: named in any order, and never in a circle."""

import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from engine.db.connection import SessionFactory
from engine.directory.managers import find_circular_managers
from engine.directory.staging import MAX_REPORTED_PROBLEMS, ImportReport
from engine.people.models import Person
from tests.conftest import NOW
from tests.importing import importing

HEADER = "email,employee_id,manager"


async def bring(
    writing: SessionFactory, tmp_path: Path, *rows: str, header: str = HEADER, days: int = 0
) -> ImportReport:
    file = tmp_path / "people.csv"
    file.write_text("\n".join((header, *rows)))
    return await importing(writing, file, days=days)


async def managers(writing: SessionFactory) -> dict[str, str | None]:
    async with writing() as session:
        people = {person.id: person for person in await session.scalars(select(Person))}
    return {
        person.email or "": people[person.manager_id].email if person.manager_id else None for person in people.values()
    }


async def test_managers_come_by_email_or_employee_id_in_any_order(writing: SessionFactory, tmp_path: Path) -> None:
    report = await bring(writing, tmp_path, "ana@x.y,1,3", "bob@x.y,2,ANA@X.y", "cy@x.y,3,", "di@x.y,4, cy@x.y ")
    assert (report.created, report.problems) == (4, [])
    assert await managers(writing) == {"ana@x.y": "cy@x.y", "bob@x.y": "ana@x.y", "cy@x.y": None, "di@x.y": "cy@x.y"}


async def test_only_a_new_manager_counts_as_a_change(writing: SessionFactory, tmp_path: Path) -> None:
    await bring(writing, tmp_path, "ana@x.y,1,", "bob@x.y,2,1", "cy@x.y,3,1")
    report = await bring(writing, tmp_path, "ana@x.y,1,", "bob@x.y,2,3", "cy@x.y,3,1", days=1)
    assert (report.created, report.updated, report.unchanged) == (0, 1, 2)
    async with writing() as session:
        changed = await session.scalars(select(Person.email).where(Person.updated_at > NOW))
    assert list(changed) == ["bob@x.y"]
    report = await bring(writing, tmp_path, "bob@x.y,2,", days=2)
    assert (report.updated, (await managers(writing))["bob@x.y"]) == (1, None)
    report = await bring(writing, tmp_path, "cy@x.y,3", header="email,employee_id", days=2)
    assert (report.unchanged, (await managers(writing))["cy@x.y"]) == (1, "ana@x.y")


async def test_an_unknown_manager_is_reported_and_the_rest_of_the_row_taken(
    writing: SessionFactory, tmp_path: Path
) -> None:
    await bring(writing, tmp_path, "ana@x.y,1,", "bob@x.y,2,1")
    report = await bring(writing, tmp_path, "bob@x.y,22,nobody@x.y", "cy@x.y,3,77")
    assert [(problem.number, problem.reason) for problem in report.problems] == [
        (2, "manager: nobody has the e-mail or employee id 'nobody@x.y'"),
        (3, "manager: nobody has the e-mail or employee id '77'"),
    ]
    assert (report.created, report.updated) == (1, 1)
    assert await managers(writing) == {"ana@x.y": None, "bob@x.y": "ana@x.y", "cy@x.y": None}


async def test_circles_are_refused_also_through_people_who_are_not_in_the_file(
    writing: SessionFactory, tmp_path: Path
) -> None:
    await bring(writing, tmp_path, "ana@x.y,1,", "bob@x.y,2,1", "cy@x.y,3,2", "di@x.y,4,")
    report = await bring(writing, tmp_path, "ana@x.y,1,3", "di@x.y,4,4", "eve@x.y,5,6", "fay@x.y,6,5", "gus@x.y,7,5")
    assert [(problem.number, problem.reason) for problem in report.problems] == [
        (2, "manager: '3' reports, through others or directly, to this very person"),
        (3, "manager: nobody reports to themselves"),
        (4, "manager: '6' reports, through others or directly, to this very person"),
        (5, "manager: '5' reports, through others or directly, to this very person"),
    ]
    found = await managers(writing)
    assert (found["ana@x.y"], found["di@x.y"], found["eve@x.y"], found["fay@x.y"]) == (None, None, None, None)
    assert (found["cy@x.y"], found["gus@x.y"]) == ("bob@x.y", "eve@x.y")


async def test_a_hierarchy_may_be_turned_upside_down(writing: SessionFactory, tmp_path: Path) -> None:
    await bring(writing, tmp_path, "ana@x.y,1,", "bob@x.y,2,1", "cy@x.y,3,2")
    report = await bring(writing, tmp_path, "ana@x.y,1,2", "bob@x.y,2,3", "cy@x.y,3,")
    assert report.problems == []
    assert await managers(writing) == {"ana@x.y": "bob@x.y", "bob@x.y": "cy@x.y", "cy@x.y": None}


def test_a_refusal_that_closes_another_circle_is_seen() -> None:
    # 1 keeps 2, since 1 and 3 would form a circle; then 2 cannot have 1 either
    assert find_circular_managers({1: 2}, {1: 3, 3: 1, 2: 1}) == {1, 2, 3}


def test_a_long_line_is_walked_once() -> None:
    long = {person: person + 1 for person in range(1, 200_000)}
    assert find_circular_managers({}, long) == set()
    assert find_circular_managers({}, {**long, 200_000: 199_999}) == {199_999, 200_000}


def acyclic(managers: dict[int, int | None]) -> bool:
    for start in managers:
        at, seen = start, set()
        while at is not None:
            if at in seen:
                return False
            seen.add(at)
            at = managers.get(at)
    return True


@given(st.integers(0, 10_000), st.dictionaries(st.integers(1, 12), st.integers(1, 12) | st.none(), max_size=12))
def test_whatever_a_file_wishes_no_circle_is_left_and_only_circles_are_refused(
    seed: int, wished: dict[int, int | None]
) -> None:
    order = random.Random(seed).sample(range(1, 13), 12)
    standing: dict[int, int | None] = {person: order[at // 2] for at, person in enumerate(order) if at}
    refused = find_circular_managers(standing, wished)
    after = standing | {person: boss for person, boss in wished.items() if person not in refused}
    assert acyclic(after)
    assert refused <= wished.keys()
    if acyclic(standing | wished):
        assert refused == set()


async def test_every_problem_is_told_up_to_a_bound_and_counted_beyond(writing: SessionFactory, tmp_path: Path) -> None:
    rows = (f"p{i}@x.y,{i},nobody" for i in range(MAX_REPORTED_PROBLEMS // 2 + 1))
    report = await bring(writing, tmp_path, *rows, *["bad,,"] * (MAX_REPORTED_PROBLEMS // 2))
    assert (len(report.problems), report.problem_count) == (MAX_REPORTED_PROBLEMS, MAX_REPORTED_PROBLEMS + 1)
    assert report.created == MAX_REPORTED_PROBLEMS // 2 + 1
