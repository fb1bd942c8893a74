"""Which places follow the celebrations of everywhere: an administrator's word."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.audit import AuditRow, record_audit
from engine.admin.permissions import require_permission
from engine.errors import Refused
from engine.outbox.places import Place
from engine.outbox.publishing import publish_announcement
from engine.people.models import Person

TOPIC_KEY = "topic"  # among the details of a place: which part of it shows the celebrations
SUBSCRIBE_ACTION, UNSUBSCRIBE_ACTION = "place.announce", "place.silence"  # orders, in the audit
SUBSCRIPTION_KIND = "place.follows"  # of the line that the place is told; its subject is the order's row in the audit


async def is_subscribed(session: AsyncSession, place_id: int | None, *, actor: Person) -> bool:
    """Check whether the place shows the celebrations of everywhere. Raises as `subscribe_place`."""
    return (await session.get_one(Place, _allowed(place_id, actor))).follows


async def subscribe_place(
    session: AsyncSession,
    place_id: int | None,
    *,
    actor: Person,
    origin: str,
    way_back: Mapping[str, Any],
    now: datetime,
    topic: int | None = None,
) -> bool:
    """Show the celebrations in the place, and announce that there.

    If the bot may not post there, the actor gets a message on what to do. `topic` is the part of the place that shows
    them, if it has parts; None is the whole. `origin` is where the order came from ("slack", "web"…), `way_back` the
    channel's own reply_to for the place. A closed place is reopened.

    Return whether that changed anything. Raises NotAllowed for a member, and Refused("no_place") if `place_id` is
    None, as in a private conversation.
    """
    place = await _locked(session, _allowed(place_id, actor))
    order = _follow(session, place, _Wish(True, topic), actor, origin, now)
    place.closed_at = None
    if order is None:
        return False
    await session.flush()
    told = {"by": actor.id}
    await publish_announcement(
        session,
        SUBSCRIPTION_KIND,
        order.id,
        now,
        place_id=place.id,
        everywhere=False,
        details=told,
        origin=dict(way_back),
    )
    return True


async def subscribe_by_default(session: AsyncSession, place_id: int, *, now: datetime) -> None:
    """Show the celebrations in a place that the deployment names, unless they were ever ordered or stopped there."""
    place = await _locked(session, place_id)
    orders = select(AuditRow.id).where(
        AuditRow.object == _name(place), AuditRow.action.in_((SUBSCRIBE_ACTION, UNSUBSCRIBE_ACTION))
    )
    if (await session.scalar(orders.limit(1))) is None:
        _follow(session, place, _Wish(True), None, "deployment", now)


async def unsubscribe_place(
    session: AsyncSession, place_id: int | None, *, actor: Person, origin: str, now: datetime
) -> bool:
    """Stop showing celebrations in the place. Return and raise as `subscribe_place`."""
    place = await _locked(session, _allowed(place_id, actor))
    return _follow(session, place, _Wish(False), actor, origin, now) is not None


def _allowed(place_id: int | None, actor: Person) -> int:
    require_permission(actor, "announce")
    if place_id is None:
        raise Refused("no_place")
    return place_id


async def _locked(session: AsyncSession, place_id: int) -> Place:
    return await session.get_one(Place, place_id, with_for_update={"key_share": True})


def _name(place: Place) -> str:
    return f"place:{place.id}"


@dataclass(frozen=True, slots=True)
class _Wish:
    announces: bool
    topic: int | None = None

    def told(self) -> dict[str, Any]:
        return {"announces": self.announces} | ({TOPIC_KEY: self.topic} if self.topic else {})


def _follow(
    session: AsyncSession, place: Place, wanted: _Wish, actor: Person | None, origin: str, now: datetime
) -> AuditRow | None:
    """Apply the wanted subscription to the place.

    Return the order's audit row, or None if the subscription is the same as before.
    """
    before = _Wish(place.follows, place.details.get(TOPIC_KEY) if place.follows else None)
    place.announces = wanted.announces
    if before == wanted:
        return None
    place.details = {name: value for name, value in place.details.items() if name != TOPIC_KEY} | (
        {TOPIC_KEY: wanted.topic} if wanted.topic else {}
    )
    return record_audit(
        session,
        SUBSCRIBE_ACTION if wanted.announces else UNSUBSCRIBE_ACTION,
        _name(place),
        now,
        actor_id=actor.id if actor else None,
        origin=origin,
        before=before.told(),
        after=wanted.told(),
    )
