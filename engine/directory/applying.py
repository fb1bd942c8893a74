"""Writing what an import has staged into the directory: a few statements, however many rows there are."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, cast, func, literal, select, union, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.base import Instant
from engine.db.statements import build_insert
from engine.directory.staging import COLUMNS, JSON_COLUMNS, LEFT_OUT, PEOPLE, STAGING_TABLE
from engine.people.models import select_merge_chain

DERIVED = ("display_name", "folded_name")  # may change with the columns that a file speaks of


async def update_people(session: AsyncSession, said: Collection[str], now: datetime) -> None:
    """Update the staged people who exist already.

    Only the columns in `said` and the names derived from them are overwritten.
    """
    spoken = {name: value for name, value in _staged_values(session).items() if name in said or name in DERIVED}
    changed = update(PEOPLE).where(PEOPLE.c.id == STAGING_TABLE.c.person_id, STAGING_TABLE.c.outcome == "updated")
    await session.execute(changed.values(**spoken, updated_at=now))


async def create_named_managers(session: AsyncSession, now: datetime) -> None:
    """Create the new people whom a row of the file names as a manager. They have no manager yet."""
    lead, row = STAGING_TABLE.alias(), STAGING_TABLE.alias()
    named = union(*(select(lead.c.number).where(lead.c[key] == row.c.manager) for key in ("email", "employee_id")))
    await _create(session, STAGING_TABLE.c.number.in_(named), now)


async def create_others(session: AsyncSession, now: datetime) -> None:
    """Create the new people who are left, with their managers: a second write to each would double the time."""
    await _create(session, STAGING_TABLE.c.person_id.is_(None), now)


async def _create(session: AsyncSession, who: ColumnElement[bool], now: datetime) -> None:
    """Create the new people of a condition, and note their ids. Who came by another way meanwhile stays as they are."""
    stamp = literal(now, Instant)
    values = {**_staged_values(session), "manager_id": STAGING_TABLE.c.manager_id}
    new = select(*values.values(), stamp, stamp).where(STAGING_TABLE.c.outcome == "created", who)
    names = (*values, "created_at", "updated_at")
    new = new.order_by(STAGING_TABLE.c.number)
    await session.execute(build_insert(session, PEOPLE).from_select(names, new).on_conflict_do_nothing())
    for key in ("email", "employee_id"):
        made = PEOPLE.c[key] == STAGING_TABLE.c[key], STAGING_TABLE.c.person_id.is_(None)
        await session.execute(update(STAGING_TABLE).where(*made).values(person_id=PEOPLE.c.id))


def _staged_values(session: AsyncSession) -> dict[str, ColumnElement[Any]]:
    values: dict[str, ColumnElement[Any]] = {name: STAGING_TABLE.c[name] for name in COLUMNS}
    if session.get_bind().dialect.name == "postgresql":
        values |= {name: cast(STAGING_TABLE.c[name], JSONB) for name in JSON_COLUMNS}
    return values


def _missing() -> Sequence[ColumnElement[bool]]:
    """Build the conditions for active people that the file does not mention.

    Bots are left out. A row for a merged person counts as a mention of the one they were merged into.
    """
    taken = select(STAGING_TABLE.c.person_id.label("id")).where(STAGING_TABLE.c.person_id.is_not(None))
    named = union(taken, select(LEFT_OUT.c.person_id)).subquery()
    return (
        PEOPLE.c.active,
        PEOPLE.c.kind != "bot",
        PEOPLE.c.id.not_in(select(select_merge_chain(select(named.c.id)).c.id)),
    )


async def count_missing(session: AsyncSession) -> int:
    """Count the people who would be deactivated because the file does not mention them."""
    return await session.scalar(select(func.count()).select_from(PEOPLE).where(*_missing())) or 0


async def deactivate_missing(session: AsyncSession, now: datetime) -> None:
    await session.execute(update(PEOPLE).where(*_missing()).values(active=False, updated_at=now))


async def count_active(session: AsyncSession) -> int:
    """Count the active people in the directory, except bots."""
    active = select(func.count()).select_from(PEOPLE).where(PEOPLE.c.active, PEOPLE.c.kind != "bot")
    return await session.scalar(active) or 0


async def count_outcomes(session: AsyncSession) -> dict[str, int]:
    outcomes = await session.execute(select(STAGING_TABLE.c.outcome, func.count()).group_by(STAGING_TABLE.c.outcome))
    return {outcome: count for outcome, count in outcomes}
