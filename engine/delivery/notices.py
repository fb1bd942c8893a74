"""Notices of cards that could not be delivered, or only just, and the people who get them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.awards.models import Award
from engine.awards.queries import is_same_gift
from engine.delivery.claims import ClaimedDelivery
from engine.kudos import models as kudos_models
from engine.kudos.models import Kudos
from engine.outbox import subscriptions as outbox_subscriptions
from engine.outbox.models import Announcement
from engine.outbox.places import Place
from engine.outbox.publishing import find_unreachable, publish_announcement
from engine.people.models import Person

UNDELIVERED_KIND = "notice.undelivered"  # the subject of each kind is the delivery: each is told once
PLACE_GONE_KIND = "notice.place_gone"
NOT_INVITED_KIND = "notice.not_invited"
GIVER_COLUMNS = {kudos_models.KUDOS_KIND: (Kudos.id, Kudos.giver_id), "award": (Award.id, Award.giver_id)}


async def notify_undelivered(session: AsyncSession, claimed: ClaimedDelivery, now: datetime) -> None:
    """Notify somebody that a gift could not be shown, or that its card could not be changed.

    If a card was not changed, that is the person who took the gift back. If the card is for the place of the gift or
    for a receiver, it is the giver; else the administrators. A notice that fails causes no further notice.
    """
    if claimed.kind not in GIVER_COLUMNS:
        return
    if claimed.message_ref is not None:
        people = await _who_took_back(session, claimed)
        key = "relay.message_not_changed" if claimed.direct else "relay.not_changed"
    elif claimed.direct or claimed.happened_there:
        people = await _who_acted(session, claimed)
        key = "relay.not_told" if claimed.direct else "relay.not_shown"
    else:
        people, key = await _admins(session), "relay.not_shown_there"
    if claimed.unclear and claimed.message_ref is None:
        key = "relay.perhaps_not_shown"
    await _tell(session, UNDELIVERED_KIND, claimed, people, now, key)


async def notify_not_invited(session: AsyncSession, claimed: ClaimedDelivery, how: str, now: datetime) -> None:
    """Notify the person who acted how to invite the bot, as the card went out by the turn's reply URL this once."""
    key = "relay.invite" if claimed.kind in GIVER_COLUMNS else "relay.invite_to_follow"
    await _tell(session, NOT_INVITED_KIND, claimed, await _who_acted(session, claimed), now, key, {"how": how})


async def close_lost_place(session: AsyncSession, claimed: ClaimedDelivery, now: datetime) -> None:
    """Close a place that is gone and followed the celebrations, and notify the administrators.

    Other places stay open: people may go on giving there, and the next gift brings its own reply URL.
    """
    closed = await session.scalar(
        update(Place)
        .where(Place.id == claimed.place_id, Place.closed_at.is_(None), Place.announces)
        .values(closed_at=now)
        .returning(Place.id)
    )
    if closed is not None:
        await _tell(session, PLACE_GONE_KIND, claimed, await _admins(session), now, "relay.place_gone")


async def _who_acted(session: AsyncSession, claimed: ClaimedDelivery) -> list[int]:
    """Return the giver of the gift, or the administrator who subscribed the place.

    The list is empty if there is no giver.
    """
    if claimed.kind == outbox_subscriptions.SUBSCRIPTION_KIND:
        return [claimed.details["by"]]
    if claimed.kind not in GIVER_COLUMNS:
        return []
    subject, giver = GIVER_COLUMNS[claimed.kind]
    giver_id = await session.scalar(select(giver).where(subject == claimed.subject_id))
    return [] if giver_id is None else [giver_id]


async def _who_took_back(session: AsyncSession, claimed: ClaimedDelivery) -> Sequence[int]:
    """Return the person who last undid or revoked the gift, or the administrators if that person is unreachable."""
    person_id: int | None
    if claimed.kind == kudos_models.KUDOS_KIND:
        person_id = await session.scalar(select(Kudos.giver_id).where(Kudos.id == claimed.subject_id))
    else:
        ended = func.coalesce(Award.revoked_at, Award.undone_at)
        gift = select(func.coalesce(Award.revoked_by, Award.giver_id)).where(is_same_gift(claimed.subject_id))
        person_id = await session.scalar(gift.where(ended.is_not(None)).order_by(ended.desc()).limit(1))
    if person_id is None or await find_unreachable(session, [person_id]):
        return await _admins(session)
    return [person_id]


async def _admins(session: AsyncSession) -> Sequence[int]:
    return (await session.scalars(select(Person.id).where(Person.role == "admin", Person.active))).all()


async def _tell(
    session: AsyncSession,
    kind: str,
    claimed: ClaimedDelivery,
    people: Sequence[int],
    now: datetime,
    key: str,
    values: Mapping[str, str] | None = None,
) -> None:
    """Publish the notice once. The caller holds the delivery's row, so the question before it is safe.

    `key` is the sentence, `values` are placeholders beside the destination's name and the gift.
    """
    told = select(Announcement.id).where(Announcement.kind == kind, Announcement.subject_id == claimed.id)
    if not people or await session.scalar(told) is not None:
        return
    about = {"kind": claimed.kind, "id": claimed.subject_id}
    details = {"key": key, "values": {"name": claimed.name, **(values or {})}, "about": about}
    await publish_announcement(
        session, kind, claimed.id, now, place_id=None, everywhere=False, people=people, details=details
    )
