"""Answered turns: a repeated turn gets the first answer again and has no other effect."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant, JsonColumn
from engine.db.compiled import CompiledStatement
from engine.db.statements import build_insert_new, get_table


class AnsweredTurn(Base):
    __tablename__ = "inbox"
    __table_args__ = (UniqueConstraint("channel", "tenant", "conversation", "message_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    tenant: Mapped[str] = mapped_column(String(64))
    conversation: Mapped[str] = mapped_column(String(255))
    message_id: Mapped[str] = mapped_column(String(255))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    reply: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    answered_at: Mapped[datetime] = mapped_column(Instant)


INSERT_ANSWER = CompiledStatement(
    build_insert_new(AnsweredTurn).returning(get_table(AnsweredTurn).c.id),
    ("channel", "tenant", "conversation", "message_id", "person_id", "reply", "answered_at"),
)


async def store_answer(
    session: AsyncSession,
    *,
    channel: str,
    tenant: str,
    conversation: str,
    message_id: str,
    person_id: int | None,
    reply: dict[str, Any],
    now: datetime,
) -> bool:
    """Store the answer of a turn. Return False, and keep the first answer, if it was answered before."""
    row = {
        "channel": channel,
        "tenant": tenant,
        "conversation": conversation,
        "message_id": message_id,
        "person_id": person_id,
        "reply": reply,
        "answered_at": now,
    }
    return bool(await INSERT_ANSWER.fetch(session, row))


async def find_answer(
    session: AsyncSession, *, channel: str, tenant: str, conversation: str, message_id: str, person_id: int | None
) -> dict[str, Any] | None:
    """Return the stored answer of a turn, or None if it has none or was another person's."""
    return await session.scalar(
        select(AnsweredTurn.reply).where(
            AnsweredTurn.channel == channel,
            AnsweredTurn.tenant == tenant,
            AnsweredTurn.conversation == conversation,
            AnsweredTurn.message_id == message_id,
            AnsweredTurn.person_id == person_id,
        )
    )


async def replace_answer(
    session: AsyncSession, *, channel: str, tenant: str, conversation: str, message_id: str, reply: dict[str, Any]
) -> None:
    """Replace the stored answer of a turn, if there is one. A repeated turn then gets `reply`."""
    await session.execute(
        update(AnsweredTurn)
        .where(
            AnsweredTurn.channel == channel,
            AnsweredTurn.tenant == tenant,
            AnsweredTurn.conversation == conversation,
            AnsweredTurn.message_id == message_id,
        )
        .values(reply=reply)
    )
