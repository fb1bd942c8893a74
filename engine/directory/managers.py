"""Managers of people: those that a file names, set when all its people are imported."""

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from engine.directory.staging import STAGING_TABLE, ImportReport
from engine.people.models import Merge, Person

MANAGER_PAGE_SIZE = 5000  # rows in memory at a time

ManagerByPerson = Mapping[int, int | None]  # the manager of each person, by id


def find_circular_managers(standing: ManagerByPerson, wished: ManagerByPerson) -> set[int]:
    """Find the people in `wished` whose new manager would close a circle.

    They keep the manager of `standing`; if that closes another circle, the wishes in it are refused too. Time grows
    with the number of people, memory with about 200 bytes a person.
    """
    managers = {**standing, **wished}
    refused: set[int] = set()
    suspects: Iterable[int] = wished
    while circle := (_in_circles(managers, suspects) & wished.keys()) - refused:
        managers.update((person, standing.get(person)) for person in circle)
        refused |= circle
        suspects = circle
    return refused


def _in_circles(managers: ManagerByPerson, starts: Iterable[int]) -> set[int]:
    walked: set[int] = set()
    found: set[int] = set()
    for start in starts:
        path: dict[int, None] = {}
        at: int | None = start
        while at is not None and at not in walked and at not in path:
            path[at] = None
            at = managers.get(at)
        if at is not None and at in path:
            steps = list(path)
            found.update(steps[steps.index(at) :])
        walked.update(path)
    return found


async def assign_managers(session: AsyncSession, report: ImportReport, now: datetime) -> None:
    """Give the staged people the managers that were resolved, where they have another one.

    Who would close a circle is reported and left as they were.
    """
    await _refuse_circles(session, report)
    changed = _changed()
    people = select(Person.id).join(STAGING_TABLE, STAGING_TABLE.c.person_id == Person.id).where(changed)
    await session.execute(
        update(STAGING_TABLE)
        .where(STAGING_TABLE.c.person_id.in_(people), STAGING_TABLE.c.outcome == "unchanged")
        .values(outcome="updated")
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(Person)
        .where(Person.id == STAGING_TABLE.c.person_id, changed)
        .values(manager_id=STAGING_TABLE.c.manager_id, updated_at=now)
        .execution_options(synchronize_session=False)
    )


async def resolve_managers(session: AsyncSession, report: ImportReport) -> None:
    """Find whom the rows name as a manager, who must be in the directory by now. Who is unknown is reported."""
    boss = aliased(Person)
    by_email = select(boss.id).where(boss.email == STAGING_TABLE.c.manager).scalar_subquery()
    by_employee_id = select(boss.id).where(boss.employee_id == STAGING_TABLE.c.manager).scalar_subquery()
    named = STAGING_TABLE.c.manager != ""
    await session.execute(update(STAGING_TABLE).where(named).values(manager_id=func.coalesce(by_email, by_employee_id)))
    await _follow_merges(session)
    unknown = select(STAGING_TABLE.c.number, STAGING_TABLE.c.manager).where(named, STAGING_TABLE.c.manager_id.is_(None))
    async for number, manager in _pages(session, unknown):
        report.tell(number, f"manager: nobody has the e-mail or employee id {manager!r}")


async def _follow_merges(session: AsyncSession) -> None:
    """Replace each staged manager who was merged by the person they were merged into."""
    into = select(Merge.kept_id).where(Merge.merged_id == STAGING_TABLE.c.manager_id, Merge.undone_at.is_(None))
    merged = into.exists()
    while await session.scalar(select(STAGING_TABLE.c.person_id).where(merged).limit(1)) is not None:
        await session.execute(update(STAGING_TABLE).where(merged).values(manager_id=into.scalar_subquery()))


async def _pages(session: AsyncSession, staged: Select[*tuple[Any, ...]]) -> AsyncIterator[Row[*tuple[Any, ...]]]:
    """Yield the rows of a select in pages. Its first column must be the staged row's number.

    A cursor on PostgreSQL would keep hold of the table, which could then not be dropped.
    """
    last = 0
    part = staged.order_by(STAGING_TABLE.c.number).limit(MANAGER_PAGE_SIZE)
    while rows := (await session.execute(part.where(STAGING_TABLE.c.number > last))).all():
        for row in rows:
            yield row
        last = rows[-1][0]


async def _refuse_circles(session: AsyncSession, report: ImportReport) -> None:
    wishes = select(STAGING_TABLE.c.number, STAGING_TABLE.c.person_id, STAGING_TABLE.c.manager_id)
    wishes = wishes.join(Person, Person.id == STAGING_TABLE.c.person_id)
    wished = {person: manager async for _, person, manager in _pages(session, wishes.where(_changed()))}
    if not any(wished.values()):
        return
    reporting = select(Person.id, Person.manager_id).where(Person.manager_id.is_not(None))
    standing = {person: manager async for person, manager in await session.stream(reporting)}
    refused = sorted(find_circular_managers(standing, wished))
    for start in range(0, len(refused), MANAGER_PAGE_SIZE):
        await _refuse(session, report, refused[start : start + MANAGER_PAGE_SIZE])


async def _refuse(session: AsyncSession, report: ImportReport, people: list[int]) -> None:
    these = STAGING_TABLE.c.person_id.in_(people)
    asked = select(
        STAGING_TABLE.c.person_id, STAGING_TABLE.c.number, STAGING_TABLE.c.manager, STAGING_TABLE.c.manager_id
    ).where(these)
    for person, number, manager, manager_id in await session.execute(asked.order_by(STAGING_TABLE.c.number)):
        itself = person == manager_id
        report.tell(
            number, "manager: nobody reports to themselves" if itself else f"manager: {manager!r} {CIRCLE_REASON}"
        )
    await session.execute(update(STAGING_TABLE).where(these).values(manager=None, manager_id=None))


CIRCLE_REASON = "reports, through others or directly, to this very person"


def _changed() -> ColumnElement[bool]:
    """Build the condition for staged people whose manager changes.

    The manager in the file is known or explicitly none, and differs from the present one.
    """
    spoken = or_(STAGING_TABLE.c.manager_id.is_not(None), STAGING_TABLE.c.manager == "")
    return and_(spoken, Person.manager_id.is_distinct_from(STAGING_TABLE.c.manager_id))
