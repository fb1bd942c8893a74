"""Which places follow the celebrations of everywhere: an administrator's word."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin import audit as admin_audit
from engine.admin import permissions
from engine.errors import Refused
from engine.outbox import publishing
from engine.outbox.places import Place
from engine.people.models import Person

TOPIC = "topic"  # among the details of a place: which part of it shows the celebrations

ANNOUNCE, SILENCE = "place.announce", "place.silence"  # orders, in the audit

KIND = "place.follows"  # of the line that the place is told; its subject is the order's row in the audit


async def follows(session: AsyncSession, place_id: int | None, *, actor: Person) -> bool:
    """Whether celebrations of everywhere are shown in the place. Raises as `begin`."""
    return (await session.get_one(Place, _allowed(place_id, actor))).follows


async def begin(
    session: AsyncSession,
    place_id: int | None,
    *,
    actor: Person,
    origin: str,
    way_back: Mapping[str, Any],
    now: datetime,
    topic: int | None = None,
) -> bool:
    """Show the celebrations in the place, which is told so: where we may not post, the actor hears what to do.

    `topic` is the part of the place that shows them, where it has parts; None is the whole. `origin` is where the
    order came from ("slack", "web"…), `way_back` the channel's own way to answer there. A place that was closed is open
    again. Returns whether that changed anything. Raises NotAllowed for a member,
    Refused("no_place") where `place_id` is None: a private conversation is no place.
    """
    place = await _locked(session, _allowed(place_id, actor))
    order = _follow(session, place, _Wish(True, topic), actor, origin, now)
    place.closed_at = None
    if order is None:
        return False
    await session.flush()
    told = {"by": actor.id}
    await publishing.publish(
        session, KIND, order.id, now, place_id=place.id, everywhere=False, details=told, origin=dict(way_back)
    )
    return True


async def from_the_start(session: AsyncSession, place_id: int, *, now: datetime) -> None:
    """Show the celebrations in a place that the deployment names, unless that was ever ordered or stopped there."""
    place = await _locked(session, place_id)
    orders = select(admin_audit.AuditRow.id).where(
        admin_audit.AuditRow.object == _name(place), admin_audit.AuditRow.action.in_((ANNOUNCE, SILENCE))
    )
    if (await session.scalar(orders.limit(1))) is None:
        _follow(session, place, _Wish(True), None, "deployment", now)


async def end(session: AsyncSession, place_id: int | None, *, actor: Person, origin: str, now: datetime) -> bool:
    """Stop showing celebrations in the place. Returns and raises as `begin`."""
    place = await _locked(session, _allowed(place_id, actor))
    return _follow(session, place, _Wish(False), actor, origin, now) is not None


def _allowed(place_id: int | None, actor: Person) -> int:
    permissions.require(actor, "announce")
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
        return {"announces": self.announces} | ({TOPIC: self.topic} if self.topic else {})


def _follow(
    session: AsyncSession, place: Place, wanted: _Wish, actor: Person | None, origin: str, now: datetime
) -> admin_audit.AuditRow | None:
    """The order's row, or None where nothing changes."""
    before = _Wish(place.follows, place.details.get(TOPIC) if place.follows else None)
    place.announces = wanted.announces
    if before == wanted:
        return None
    place.details = {name: value for name, value in place.details.items() if name != TOPIC} | (
        {TOPIC: wanted.topic} if wanted.topic else {}
    )
    return admin_audit.record(
        session,
        ANNOUNCE if wanted.announces else SILENCE,
        _name(place),
        now,
        actor_id=actor.id if actor else None,
        origin=origin,
        before=before.told(),
        after=wanted.told(),
    )
