"""Turns that wait: for a channel to identify a person in them, or for their late answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, UniqueConstraint, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant, JsonColumn
from engine.db.statements import build_insert_new, get_table

PENDING_TURN_KIND = "pending"  # of the announcement that tells what came of one; its subject is the row that was here
PENDING_TURN_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 40))  # after the turn
MAX_PENDING_DURATION = timedelta(seconds=60)  # then nobody is asked any more
PENDING_TURN_LEASE = timedelta(seconds=15)


class PendingTurn(Base):
    """A turn that waits. Its id is never used again, because the announcement refers to it.

    This also holds after the row is deleted.
    """

    __tablename__ = "pending_turns"
    __table_args__ = (
        UniqueConstraint("channel", "tenant", "conversation", "message_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    tenant: Mapped[str] = mapped_column(String(64))
    conversation: Mapped[str] = mapped_column(String(255))
    message_id: Mapped[str] = mapped_column(String(255))
    payload: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    due_at: Mapped[datetime] = mapped_column(Instant, index=True)  # while it is claimed: when the lease ends
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class ClaimedTurn:
    """A pending turn under this process's lease. `attempts` distinguishes this claim from any later one."""

    id: int
    payload: Mapping[str, Any]
    attempts: int
    created_at: datetime

    def is_over(self, now: datetime) -> bool:
        return now >= self.created_at + MAX_PENDING_DURATION

    def next_try(self, now: datetime) -> datetime | None:
        """Return when to ask again, or None if that was the last time."""
        return next((at for wait in PENDING_TURN_DELAYS if (at := self.created_at + wait) > now), None)


async def save_pending_turn(
    session: AsyncSession,
    *,
    channel: str,
    tenant: str,
    conversation: str,
    message_id: str,
    payload: dict[str, Any],
    due_at: datetime,
    now: datetime,
) -> ClaimedTurn | None:
    """Save a turn that waits until `due_at`. Return None, and change no row, if it is waiting already."""
    row = {
        "channel": channel,
        "tenant": tenant,
        "conversation": conversation,
        "message_id": message_id,
        "payload": payload,
        "due_at": due_at,
        "attempts": 0,
        "created_at": now,
    }
    new = build_insert_new(PendingTurn).returning(get_table(PendingTurn).c.id)
    row_id: int | None = await session.scalar(new, row)
    return None if row_id is None else ClaimedTurn(row_id, payload, 0, now)


async def claim_pending_turns(session: AsyncSession, *, now: datetime, limit: int) -> list[ClaimedTurn]:
    """Claim up to `limit` turns that are due. Others cannot claim them before the lease has ended.

    PostgreSQL skips locked rows; on SQLite the writer's lock is held.
    """
    wanted = (PendingTurn.id, PendingTurn.payload, PendingTurn.attempts, PendingTurn.created_at)
    due = select(*wanted).where(PendingTurn.due_at <= now).order_by(PendingTurn.due_at, PendingTurn.id).limit(limit)
    rows = (await session.execute(due.with_for_update(skip_locked=True))).all()
    if not rows:
        return []
    taken = update(PendingTurn).where(PendingTurn.id.in_([row.id for row in rows]))
    await session.execute(taken.values(attempts=PendingTurn.attempts + 1, due_at=now + PENDING_TURN_LEASE))
    return [ClaimedTurn(row.id, row.payload, row.attempts + 1, row.created_at) for row in rows]


async def postpone_pending_turn(session: AsyncSession, one: ClaimedTurn, until: datetime) -> None:
    """Postpone the turn until `until`, if the claim is still ours."""
    ours = (PendingTurn.id == one.id, PendingTurn.attempts == one.attempts)
    await session.execute(update(PendingTurn).where(*ours).values(due_at=until))


async def finish_pending_turn(session: AsyncSession, one: ClaimedTurn) -> bool:
    """Delete the pending turn because it is finished.

    Return False if another process has claimed it since; that one finishes it.
    """
    ours = (PendingTurn.id == one.id, PendingTurn.attempts == one.attempts)
    return await session.scalar(delete(PendingTurn).where(*ours).returning(PendingTurn.id)) is not None


async def delete_pending_turn(
    session: AsyncSession, *, channel: str, tenant: str, conversation: str, message_id: str
) -> None:
    """Delete the pending turn, if there is one, because its message was taken back."""
    await session.execute(
        delete(PendingTurn).where(
            PendingTurn.channel == channel,
            PendingTurn.tenant == tenant,
            PendingTurn.conversation == conversation,
            PendingTurn.message_id == message_id,
        )
    )
