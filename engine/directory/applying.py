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


async def write_people(session: AsyncSession, said: Collection[str], now: datetime) -> None:
    """Create and update the staged people.

    For a person who exists already, only the columns in `said` and the names derived from them are overwritten.
    """
    values = {name: _staged_value(session, name) for name in COLUMNS}
    spoken = {name: values[name] for name in COLUMNS if name in said or name in DERIVED}
    changed = update(PEOPLE).where(PEOPLE.c.id == STAGING_TABLE.c.person_id, STAGING_TABLE.c.outcome == "updated")
    await session.execute(changed.values(**spoken, updated_at=now))
    stamp = literal(now, Instant)
    new = (
        select(*values.values(), stamp, stamp)
        .where(STAGING_TABLE.c.outcome == "created")
        .order_by(STAGING_TABLE.c.number)
    )
    names = (*COLUMNS, "created_at", "updated_at")
    await session.execute(build_insert(session, PEOPLE).from_select(names, new).on_conflict_do_nothing())
    for key in ("email", "employee_id"):
        made = select(PEOPLE.c.id).where(PEOPLE.c[key] == STAGING_TABLE.c[key]).scalar_subquery()
        waiting = STAGING_TABLE.c.person_id.is_(None), STAGING_TABLE.c[key].is_not(None)
        await session.execute(update(STAGING_TABLE).where(*waiting).values(person_id=made))


def _staged_value(session: AsyncSession, name: str) -> ColumnElement[Any]:
    staged = STAGING_TABLE.c[name]
    if name in JSON_COLUMNS and session.get_bind().dialect.name == "postgresql":
        return cast(staged, JSONB)
    return staged


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
