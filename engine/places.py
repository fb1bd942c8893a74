"""Where the bot can post: the conversations it knows, and which of them follow the celebrations."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit
from engine.db import Base, Instant, Json, insert
from engine.errors import Refused
from engine.people import Person


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


async def announces(session: AsyncSession, place_id: int | None, *, actor: Person) -> bool:
    """Whether the place follows the celebrations. Raises as `announce`."""
    return (await session.get_one(Place, _allowed(place_id, actor))).announces


async def announce(session: AsyncSession, place_id: int | None, *, actor: Person, origin: str, now: datetime) -> bool:
    """Subscribe the place to the celebrations; a place that was closed is open again.

    Returns whether that changed anything. Raises NotAllowed for a member, Refused("no_place") where
    `place_id` is None: a private conversation is no place.
    """
    place = await _locked(session, _allowed(place_id, actor))
    place.closed_at = None
    return _follow(session, place, True, actor, origin, now)


async def silence(session: AsyncSession, place_id: int | None, *, actor: Person, origin: str, now: datetime) -> bool:
    """Stop showing celebrations in the place. Returns and raises as `announce`."""
    place = await _locked(session, _allowed(place_id, actor))
    return _follow(session, place, False, actor, origin, now)


def _allowed(place_id: int | None, actor: Person) -> int:
    access.require(actor, "announce")
    if place_id is None:
        raise Refused("no_place")
    return place_id


async def _locked(session: AsyncSession, place_id: int) -> Place:
    return await session.get_one(Place, place_id, with_for_update={"key_share": True})


def _follow(session: AsyncSession, place: Place, wanted: bool, actor: Person, origin: str, now: datetime) -> bool:
    if place.announces == wanted:
        return False
    audit.record(
        session,
        "place.announce" if wanted else "place.silence",
        f"place:{place.id}",
        now,
        actor_id=actor.id,
        origin=origin,
        before={"announces": place.announces},
        after={"announces": wanted},
    )
    place.announces = wanted
    return True
