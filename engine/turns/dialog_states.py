"""Where a dialog waits for its person, as a table: JSON under a token, for a limited time."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant
from engine.db.statements import build_insert

MAX_PRUNED_STATES = 20  # expired rows that go with each new one, so that the table stays small without a job


class DialogState(Base):
    __tablename__ = "dialog_states"

    token: Mapped[str] = mapped_column(String(22), primary_key=True)
    state: Mapped[dict[str, Any]] = mapped_column(JSON)  # as text: JSONB refuses the NUL that a person may paste
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


async def create_dialog_state(
    session: AsyncSession, token: str, state: dict[str, Any], *, expires_at: datetime, now: datetime
) -> None:
    """Store `state` under `token`. Delete a few of the states that have expired."""
    expired = (
        select(DialogState.token)
        .where(DialogState.expires_at <= now)
        .order_by(DialogState.expires_at)
        .limit(MAX_PRUNED_STATES)
        .with_for_update(skip_locked=True)
    )
    await session.execute(delete(DialogState).where(DialogState.token.in_((await session.scalars(expired)).all())))
    session.add(DialogState(token=token, state=state, expires_at=expires_at))
    await session.flush()


async def load_dialog_state(session: AsyncSession, token: str, *, now: datetime) -> dict[str, Any] | None:
    """Return the state, or None if it does not exist or has expired."""
    kept = select(DialogState.state).where(DialogState.token == token, DialogState.expires_at > now)
    return await session.scalar(kept)


async def save_dialog_state(session: AsyncSession, token: str, state: dict[str, Any], *, expires_at: datetime) -> None:
    """Store `state` under `token`, and replace an earlier state."""
    row = build_insert(session, DialogState).values(token=token, state=state, expires_at=expires_at)
    new = {"state": row.excluded.state, "expires_at": row.excluded.expires_at}
    await session.execute(row.on_conflict_do_update(index_elements=["token"], set_=new))


async def delete_dialog_state(session: AsyncSession, token: str) -> None:
    await session.execute(delete(DialogState).where(DialogState.token == token))
