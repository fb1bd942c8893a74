"""The one gate for what happens elsewhere: an event is written down once, by its source and id, and then acted on."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant, JsonColumn
from engine.db.statements import build_insert_new

LOGIN_EVENT = "user.login"  # a person's first turn of their day
LOGIN_SOURCE = "laurel"
MAX_EVENT_NAME_LENGTH = 128  # characters
MAX_EVENT_ID_LENGTH = 255  # characters


class Event(Base):
    """Something that happened. `body` holds what its source says of it."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("source", "event_id"),
        Index(
            "ix_events_open",
            "id",
            postgresql_where=text("done_at IS NULL"),
            sqlite_where=text("done_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    event_id: Mapped[str] = mapped_column(String(MAX_EVENT_ID_LENGTH))
    name: Mapped[str] = mapped_column(String(MAX_EVENT_NAME_LENGTH))
    body: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    received_at: Mapped[datetime] = mapped_column(Instant)
    leased_until: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


async def record_event(
    session: AsyncSession, *, source: str, event_id: str, name: str, body: Mapping[str, Any], now: datetime
) -> bool:
    """Write the event down. Return False, and change nothing, if that source has sent that id before."""
    row = {"source": source, "event_id": event_id, "name": name, "body": dict(body), "received_at": now}
    return await session.scalar(build_insert_new(Event).values(row).returning(Event.id)) is not None


async def record_login(session: AsyncSession, person_id: int, day: date, now: datetime) -> bool:
    """Write down that the person's day has begun. Return False if that is known already."""
    key = f"login:{person_id}:{day.isoformat()}"
    body = {"user_id": person_id, "day": day.isoformat()}
    return await record_event(session, source=LOGIN_SOURCE, event_id=key, name=LOGIN_EVENT, body=body, now=now)


async def list_open_events(session: AsyncSession, now: datetime, *, limit: int) -> list[int]:
    """List the ids of the events that nobody has acted on, oldest first. One round trip."""
    waiting = select(Event.id).where(Event.done_at.is_(None), Event.received_at <= now).order_by(Event.id)
    return list(await session.scalars(waiting.limit(limit)))
