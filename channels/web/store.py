"""The web chat's tables: messages, what each person has read, and one counter of changes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Select, String, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.protocol.elements import Card
from bot.protocol.serialization import dump_value, load_value
from bot.protocol.turns import Words
from engine.db.base import Base, Instant, JsonColumn
from engine.db.statements import build_insert
from engine.people.models import Person

CHANGE_COUNTER = "messages"
MESSAGES_PER_PAGE = 60  # messages


class WebMessage(Base):
    """A message: a person's words, or the bot's card with the words that it answers."""

    __tablename__ = "web_messages"
    __table_args__ = (Index("ix_web_messages_conversation", "conversation", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation: Mapped[str] = mapped_column(String(64))  # a place's name, or "person:12"
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # None: the bot
    private_to: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # the only person who sees it
    words: Mapped[list[Any]] = mapped_column(JsonColumn, default=list)
    card: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    cause: Mapped[str | None] = mapped_column(String(160), unique=True)  # the turn that stored it, at most once
    version: Mapped[int] = mapped_column(default=1)
    change: Mapped[int] = mapped_column(
        BigInteger, unique=True
    )  # the number of its last change, in the order of commits
    at: Mapped[datetime] = mapped_column(Instant)


class WebCounter(Base):
    """The counter of changes.

    Its row is locked until the commit, so that changes become visible in the order of their numbers.
    """

    __tablename__ = "web_counters"
    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class WebRead(Base):
    """The last message of a conversation that a person has seen."""

    __tablename__ = "web_reads"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    conversation: Mapped[str] = mapped_column(String(64), primary_key=True)
    message_id: Mapped[int]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message in its current state."""

    id: int
    conversation: str
    author_id: int | None
    author: str  # "" for the bot
    private_to: int | None
    words: Words
    card: Card | None
    version: int
    change: int
    at: datetime

    def is_for(self, person_id: int) -> bool:
        """Return whether that person may see the message."""
        if self.conversation.startswith("person:"):
            return self.conversation == get_own_conversation(person_id)
        return self.private_to in (None, person_id)


def get_own_conversation(person_id: int) -> str:
    """Return the name of a person's conversation with the bot."""
    return f"person:{person_id}"


async def add_web_message(
    session: AsyncSession,
    conversation: str,
    now: datetime,
    *,
    author_id: int | None = None,
    private_to: int | None = None,
    words: Words = (),
    card: Card | None = None,
    cause: str | None = None,
) -> int | None:
    """Store a message. Return its id, or None if the same cause has stored one before."""
    change = await _next_change(session)
    added: int | None = await session.scalar(
        build_insert(session, WebMessage)
        .values(
            conversation=conversation,
            author_id=author_id,
            private_to=private_to,
            words=dump_value(words),
            card=dump_value(card) if card else None,
            cause=cause,
            version=1,
            change=change,
            at=now,
        )
        .on_conflict_do_nothing(index_elements=["cause"])
        .returning(WebMessage.id)
    )
    return added


async def replace_message_card(session: AsyncSession, message_id: int, card: Card) -> bool:
    """Replace the message's card. Return False if there is no such message.

    The same card again leaves the row unchanged.
    """
    row = await session.get(WebMessage, message_id)
    if row is None:
        return False
    wanted = dump_value(card)
    if row.card != wanted:
        row.change = await _next_change(session)
        row.card, row.version = wanted, row.version + 1
    return True


async def get_web_message(session: AsyncSession, message_id: int) -> ChatMessage | None:
    """Return the message, or None."""
    found = (await session.execute(_messages().where(WebMessage.id == message_id))).one_or_none()
    return _message(*found) if found else None


async def list_recent_messages(
    session: AsyncSession,
    conversation: str,
    person_id: int,
    *,
    before: int | None = None,
    limit: int = MESSAGES_PER_PAGE,
) -> list[ChatMessage]:
    """Return the newest messages of a conversation that the person may see, oldest first.

    With `before`, only those with a smaller id.
    """
    query = _messages().where(WebMessage.conversation == conversation, _seen_by(person_id))
    if before is not None:
        query = query.where(WebMessage.id < before)
    rows = await session.execute(query.order_by(WebMessage.id.desc()).limit(limit))
    return [_message(*row) for row in reversed(rows.all())]


async def list_changed_messages(session: AsyncSession, change: int, *, limit: int) -> list[ChatMessage]:
    """Return what was added or edited after that change, in the order of the changes."""
    query = _messages().where(WebMessage.change > change).order_by(WebMessage.change).limit(limit)
    return [_message(*row) for row in (await session.execute(query)).all()]


async def get_last_change(session: AsyncSession) -> int:
    """Return the number of the newest change, or 0."""
    value = await session.scalar(select(WebCounter.value).where(WebCounter.name == CHANGE_COUNTER))
    return value or 0


async def mark_conversation_read(session: AsyncSession, person_id: int, conversation: str, message_id: int) -> None:
    """Mark the conversation as read up to that message."""
    new = build_insert(session, WebRead).values(person_id=person_id, conversation=conversation, message_id=message_id)
    await session.execute(
        new.on_conflict_do_update(
            index_elements=["person_id", "conversation"],
            set_={"message_id": new.excluded.message_id},
            where=WebRead.message_id < new.excluded.message_id,
        )
    )


async def count_unread_messages(
    session: AsyncSession, person_id: int, conversations: Collection[str]
) -> dict[str, tuple[int, int]]:
    """Count the unread messages of others. Return the count and the last one's id by conversation."""
    seen = (
        select(WebRead.message_id)
        .where(WebRead.person_id == person_id, WebRead.conversation == WebMessage.conversation)
        .scalar_subquery()
    )
    query = (
        select(WebMessage.conversation, func.count(), func.max(WebMessage.id))
        .where(
            WebMessage.conversation.in_(conversations),
            _seen_by(person_id),
            func.coalesce(WebMessage.author_id, 0) != person_id,
            WebMessage.id > func.coalesce(seen, 0),
        )
        .group_by(WebMessage.conversation)
    )
    return {name: (count, newest) for name, count, newest in (await session.execute(query)).all()}


def _messages() -> Select[WebMessage, str | None]:
    return select(WebMessage, Person.display_name).outerjoin(Person, Person.id == WebMessage.author_id)


def _seen_by(person_id: int) -> Any:
    return or_(WebMessage.private_to.is_(None), WebMessage.private_to == person_id)


def _message(row: WebMessage, author: str | None) -> ChatMessage:
    return ChatMessage(
        row.id,
        row.conversation,
        row.author_id,
        author or "",
        row.private_to,
        load_value(row.words),
        load_value(row.card) if row.card else None,
        row.version,
        row.change,
        row.at,
    )


async def _next_change(session: AsyncSession) -> int:
    first = build_insert(session, WebCounter).values(name=CHANGE_COUNTER, value=1)
    counted = first.on_conflict_do_update(index_elements=["name"], set_={"value": WebCounter.value + 1}).returning(
        WebCounter.value
    )
    return int(await session.scalar(counted) or 0)
