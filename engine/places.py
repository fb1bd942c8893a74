"""Where the bot can post: the conversations it knows, and which of them follow the celebrations."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant, Json, insert


class Place(Base):
    """A conversation that the bot can post to."""

    __tablename__ = "places"
    __table_args__ = (UniqueConstraint("channel", "tenant", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    tenant: Mapped[str] = mapped_column(String(64), default="")
    external_id: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # the channel's own reference
    locale: Mapped[str | None]
    announces: Mapped[bool] = mapped_column(default=False)  # subscribed to the celebrations
    closed_at: Mapped[datetime | None] = mapped_column(Instant)  # gone, kicked out, archived
    created_at: Mapped[datetime] = mapped_column(Instant)


async def see(session: AsyncSession, *, channel: str, tenant: str, external_id: str, name: str, now: datetime) -> int:
    """The id of the place, which is made known where it was not. Details are the adapter's to add."""
    found = select(Place.id).where(Place.channel == channel, Place.tenant == tenant, Place.external_id == external_id)
    added = await session.scalar(
        insert(session, Place)
        .values(channel=channel, tenant=tenant, external_id=external_id, name=name, details={}, created_at=now)
        .on_conflict_do_nothing()
        .returning(Place.id)
    )
    return added or (await session.execute(found)).scalar_one()
