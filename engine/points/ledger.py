"""Points: an append-only ledger. A balance is a sum."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    column,
    func,
    literal,
    not_,
    select,
    table,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from engine.db.base import Base, Instant
from engine.db.compiled import CompiledStatement
from engine.db.statements import build_insert, build_insert_new
from engine.people.models import Person

REVERSED_REASON = "reversed"


class PointsEntry(Base):
    """One movement. `source` names what moved them ("award:12"), `reason` how ("received", "given", "reversed")."""

    __tablename__ = "points_entries"
    __table_args__ = (
        UniqueConstraint("person_id", "source", "reason"),
        Index("ix_points_entries_person_at", "person_id", "at", "amount"),  # a balance is summed in the index alone
        Index("ix_points_entries_source", "source"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    amount: Mapped[int]
    source: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(Instant)


INSERT_MOVEMENT = CompiledStatement(build_insert_new(PointsEntry), ("person_id", "amount", "source", "reason", "at"))


class Movement(TypedDict):
    """A row to be written: points of one person, up or down."""

    person_id: int
    amount: int
    source: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """One line behind a balance.

    `label` is the reward's name for an award, the giver's name for kudos, else empty.
    """

    kind: str  # "award", "kudos": what comes before the colon of the source
    amount: int
    source: str
    reason: str
    at: datetime
    label: str


async def record_movement(
    session: AsyncSession, *, person_id: int, amount: int, source: str, reason: str, now: datetime
) -> None:
    """Record one movement. A second one with the same person, source and reason is ignored."""
    await record_movements(
        session, [Movement(person_id=person_id, amount=amount, source=source, reason=reason, at=now)]
    )


async def record_movements(session: AsyncSession, rows: Sequence[Movement]) -> None:
    """Write several movements at once; those of no points are left out."""
    await INSERT_MOVEMENT.execute_many(session, [row for row in rows if row["amount"]])


async def reverse_movements(session: AsyncSession, source: str, now: datetime) -> None:
    """Reverse what `source` moved, for each person. A second call has no effect."""
    moved = (
        select(
            PointsEntry.person_id,
            -func.sum(PointsEntry.amount),
            PointsEntry.source,
            literal(REVERSED_REASON, String),
            literal(now, Instant),
        )
        .where(PointsEntry.source == source, PointsEntry.reason != REVERSED_REASON)
        .group_by(PointsEntry.person_id, PointsEntry.source)
    )
    columns = ["person_id", "amount", "source", "reason", "at"]
    await session.execute(build_insert(session, PointsEntry).from_select(columns, moved).on_conflict_do_nothing())


async def get_balance(session: AsyncSession, person_id: int) -> int:
    """Return the person's points: all that were earned, minus those taken back."""
    total = select(func.coalesce(func.sum(PointsEntry.amount), 0)).where(PointsEntry.person_id == person_id)
    return int((await session.execute(total)).scalar_one())


async def sum_earned_between(session: AsyncSession, person_id: int, reason: str, start: datetime, end: datetime) -> int:
    """Sum the points that the person got for `reason` from `start` until before `end`.

    Points that were taken back since are left out.
    """
    total = select(func.coalesce(func.sum(PointsEntry.amount), 0)).where(
        PointsEntry.person_id == person_id,
        PointsEntry.at >= start,
        PointsEntry.at < end,
        PointsEntry.reason == reason,
        build_standing_clause(),
    )
    return int((await session.execute(total)).scalar_one())


def build_standing_clause() -> ColumnElement[bool]:
    """Build the condition that a movement was not taken back since."""
    back = aliased(PointsEntry)
    same = (back.person_id == PointsEntry.person_id, back.source == PointsEntry.source)
    return not_(select(back.id).where(*same, back.reason == REVERSED_REASON).exists())


async def count_entries(session: AsyncSession, person_id: int) -> int:
    """Count the movements behind the person's balance."""
    number = select(func.count()).select_from(PointsEntry).where(PointsEntry.person_id == person_id)
    return int((await session.execute(number)).scalar_one())


async def list_entries(session: AsyncSession, person_id: int, *, limit: int = 20) -> list[EntryFacts]:
    """List the person's newest movements, each with the name of its source. At most three round trips."""
    rows = (
        await session.scalars(
            select(PointsEntry)
            .where(PointsEntry.person_id == person_id)
            .order_by(PointsEntry.at.desc(), PointsEntry.id.desc())
            .limit(limit)
        )
    ).all()
    labels = await _labels(session, {row.source for row in rows})
    return [
        EntryFacts(row.source.partition(":")[0], row.amount, row.source, row.reason, row.at, labels.get(row.source, ""))
        for row in rows
    ]


# The ledger stands below awards and kudos, which write to it: it knows their tables by name only.
AWARD_LABELS_TABLE = table("awards", column("award_id", Integer), column("reward", String))
KUDOS_LABELS_TABLE = table("kudos", column("kudos_id", Integer), column("giver_id", Integer))


async def _labels(session: AsyncSession, sources: Iterable[str]) -> Mapping[str, str]:
    ids: dict[str, list[int]] = {}
    for source in sources:
        kind, _, number = source.partition(":")
        if number.isdigit():
            ids.setdefault(kind, []).append(int(number))
    rewards = select(AWARD_LABELS_TABLE.c.award_id, AWARD_LABELS_TABLE.c.reward).where(
        AWARD_LABELS_TABLE.c.award_id.in_(ids.get("award", ()))
    )
    givers = (
        select(KUDOS_LABELS_TABLE.c.kudos_id, Person.display_name)
        .join(Person, Person.id == KUDOS_LABELS_TABLE.c.giver_id)
        .where(KUDOS_LABELS_TABLE.c.kudos_id.in_(ids.get("kudos", ())))
    )
    found: dict[str, str] = {}
    for kind, names in (("award", rewards), ("kudos", givers)):
        if kind in ids:
            found |= {f"{kind}:{row[0]}": row[1] for row in await session.execute(names)}
    return found
