"""Where the bot can post: the conversations it knows, and which of them follow the celebrations."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant, JsonColumn
from engine.db.statements import build_insert


class Place(Base):
    """A conversation that the bot can post to."""

    __tablename__ = "places"
    __table_args__ = (UniqueConstraint("channel", "tenant", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    tenant: Mapped[str] = mapped_column(String(64), default="")
    external_id: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)  # the channel's own reference
    locale: Mapped[str | None]
    announces: Mapped[bool] = mapped_column(default=False)  # subscribed to the celebrations
    closed_at: Mapped[datetime | None] = mapped_column(Instant)  # gone, kicked out, archived: nothing comes from others
    created_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def follows(self) -> bool:
        """Return whether the place shows the celebrations of everywhere."""
        return self.announces and self.closed_at is None


async def get_or_create_place(
    session: AsyncSession, *, channel: str, tenant: str, external_id: str, name: str, now: datetime
) -> int:
    """Return the id of the place, which is created if it is unknown.

    The adapter adds the details.
    """
    found = select(Place.id).where(Place.channel == channel, Place.tenant == tenant, Place.external_id == external_id)
    added = await session.scalar(
        build_insert(session, Place)
        .values(channel=channel, tenant=tenant, external_id=external_id, name=name, details={}, created_at=now)
        .on_conflict_do_nothing()
        .returning(Place.id)
    )
    return added or (await session.execute(found)).scalar_one()


async def reopen_place(session: AsyncSession, place_id: int) -> None:
    """Reopen a place that accepted a message.

    If it followed the celebrations before it was closed, it follows them again.
    """
    await session.execute(update(Place).where(Place.id == place_id).values(closed_at=None))


async def mark_place_closed(
    session: AsyncSession, *, channel: str, tenant: str, external_id: str, now: datetime
) -> None:
    """Close the place because the bot was removed from it, so that no more is sent there.

    An unknown place stays unknown.
    """
    there = (Place.channel == channel, Place.tenant == tenant, Place.external_id == external_id)
    await session.execute(update(Place).where(*there, Place.closed_at.is_(None)).values(closed_at=now))


async def change_place_id(
    session: AsyncSession, *, channel: str, tenant: str, old: str, new: str, now: datetime
) -> None:
    """Change the place's id from `old` to `new`, as the platform did. A repeated call has no effect.

    If both are known already, the new one follows the celebrations if the old one did, and the old one is closed.
    """
    found = await session.scalars(
        select(Place)
        .where(Place.channel == channel, Place.tenant == tenant, Place.external_id.in_((old, new)))
        .order_by(Place.id)
        .with_for_update(key_share=True)
    )
    by_id = {place.external_id: place for place in found}
    if old not in by_id:
        return
    if new not in by_id:
        by_id[old].external_id = new
        return
    by_id[new].announces |= by_id[old].announces
    by_id[old].announces, by_id[old].closed_at = False, now
