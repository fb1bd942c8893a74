"""What could not be delivered, or only just, and who is told."""

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

UNDELIVERED = "notice.undelivered"  # the subject of each kind is the delivery: each is told once
PLACE_GONE = "notice.place_gone"
NOT_INVITED = "notice.not_invited"
GIVERS = {"kudos": (Kudos.id, Kudos.giver_id), "award": (Award.id, Award.giver_id)}


async def tell_giver(session: AsyncSession, claimed: Claimed, now: datetime) -> None:
    """The giver hears directly that a card could not be shown or changed. What nobody gave is told to nobody."""
    await _tell(session, UNDELIVERED, claimed, await _giver(session, claimed), {"key": _what_failed(claimed)}, now)


async def ask_to_invite(session: AsyncSession, claimed: Claimed, how: str, now: datetime) -> None:
    """The card went out by the turn's own way back, for once: the giver hears how people let us in there."""
    told = {"key": "relay.invite", "how": how}
    await _tell(session, NOT_INVITED, claimed, await _giver(session, claimed), told, now)


async def _giver(session: AsyncSession, claimed: Claimed) -> list[int]:
    if claimed.kind not in GIVERS:
        return []
    subject, giver = GIVERS[claimed.kind]
    giver_id = await session.scalar(select(giver).where(subject == claimed.subject_id))
    return [] if giver_id is None else [giver_id]


async def close_place(session: AsyncSession, claimed: Claimed, now: datetime) -> None:
    """A place that followed the celebrations is gone: it is closed, and the administrators hear of it.

    Another one stays as it is: people may go on giving there, and the next gift brings its own way back.
    """
    closed = await session.scalar(
        update(Place)
        .where(Place.id == claimed.place_id, Place.closed_at.is_(None), Place.announces)
        .values(closed_at=now, announces=False)
        .returning(Place.id)
    )
    if closed is not None:
        admins = (await session.scalars(select(Person.id).where(Person.role == "admin", Person.active))).all()
        await _tell(session, PLACE_GONE, claimed, list(admins), {"key": "relay.place_gone"}, now)


def _what_failed(claimed: Claimed) -> str:
    if claimed.message_ref is not None:
        return "relay.not_changed"
    return "relay.not_told" if claimed.direct else "relay.not_shown"


async def _tell(
    session: AsyncSession, kind: str, claimed: Claimed, people: list[int], words: dict[str, str], now: datetime
) -> None:
    """Publish the notice once. The caller holds the delivery's row, so the question before it is safe.

    `words` are the `key` of the sentence and its placeholders beside the destination's name.
    """
    told = select(Announcement.id).where(Announcement.kind == kind, Announcement.subject_id == claimed.id)
    if not people or await session.scalar(told) is not None:
        return
    values = {name: value for name, value in words.items() if name != "key"}
    details = {"key": words["key"], "values": {"name": claimed.name or claimed.external_id} | values}
    await outbox.publish(
        session, kind, claimed.id, now, place_id=None, everywhere=False, people=people, details=details
    )
