"""What could not be delivered, and who is told."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine import outbox
from engine.awards import Award
from engine.kudos import Kudos
from engine.outbox import Announcement
from engine.people import Person
from engine.places import Place
from engine.relaying import Claimed

UNDELIVERED = "notice.undelivered"  # the subject of both kinds is the delivery: each is told once
PLACE_GONE = "notice.place_gone"
GIVERS = {"kudos": (Kudos.id, Kudos.giver_id), "award": (Award.id, Award.giver_id)}


async def tell_giver(session: AsyncSession, claimed: Claimed, now: datetime) -> None:
    """The giver hears directly that a card could not be shown or changed. What nobody gave is told to nobody."""
    if claimed.kind not in GIVERS:
        return
    subject, giver = GIVERS[claimed.kind]
    giver_id = await session.scalar(select(giver).where(subject == claimed.subject_id))
    if giver_id is not None:
        await _tell(session, UNDELIVERED, claimed, [giver_id], _what_failed(claimed), now)


async def close_place(session: AsyncSession, claimed: Claimed, now: datetime) -> None:
    """The place is known to be gone; where that is news, the administrators hear of it."""
    closed = await session.scalar(
        update(Place)
        .where(Place.id == claimed.place_id, Place.closed_at.is_(None))
        .values(closed_at=now, announces=False)
        .returning(Place.id)
    )
    if closed is not None:
        admins = (await session.scalars(select(Person.id).where(Person.role == "admin", Person.active))).all()
        await _tell(session, PLACE_GONE, claimed, list(admins), "relay.place_gone", now)


def _what_failed(claimed: Claimed) -> str:
    if claimed.message_ref is not None:
        return "relay.not_changed"
    return "relay.not_told" if claimed.direct else "relay.not_shown"


async def _tell(session: AsyncSession, kind: str, claimed: Claimed, people: list[int], key: str, now: datetime) -> None:
    """Publish the notice once. The caller holds the delivery's row, so the question before it is safe."""
    told = select(Announcement.id).where(Announcement.kind == kind, Announcement.subject_id == claimed.id)
    if await session.scalar(told) is not None:
        return
    details = {"key": key, "values": {"name": claimed.name or claimed.external_id}}
    await outbox.publish(
        session, kind, claimed.id, now, place_id=None, everywhere=False, people=people, details=details
    )
