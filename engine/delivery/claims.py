"""Deliveries that are due: claimed under a lease, to be sent by others outside any transaction."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant
from engine.outbox.models import UNCERTAIN_PREFIX, Announcement, Delivery
from engine.outbox.places import Place
from engine.people.models import Identity, Person

WAITING_DELIVERY = (
    Delivery.sent_version < Delivery.wanted_version,
    Delivery.closed_at.is_(None),
    Delivery.parked_at.is_(None),
)
"""Word for word the condition of the index `ix_deliveries_due`, or the planner does not see that it fits."""


class DestinationWait(Base):
    """A destination that asked for patience: nothing goes there before `until`, not even what is published later."""

    __tablename__ = "destination_waits"

    destination: Mapped[str] = mapped_column(String(64), primary_key=True)
    until: Mapped[datetime] = mapped_column(Instant, index=True)


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery under our lease, with everything that is needed to draw and to send it."""

    id: int
    lease: str
    leased_until: datetime
    kind: str
    subject_id: int
    details: Mapping[str, Any]
    destination: str
    channel: str
    tenant: str
    external_id: str  # the place's id, or the person's account
    name: str  # of the place or the person
    place_id: int | None
    person_id: int | None
    place_details: Mapping[str, Any] | None  # the channel's own reference to the place, or to the person's account
    origin: Mapping[str, Any] | None
    locale: str | None  # the place's, or the person's
    zone: str | None  # the person's
    wanted_version: int
    message_ref: dict[str, Any] | None
    attempts: int  # that failed
    unclear: bool = False  # somebody began to send it, and what came of that is not known
    place_closed: bool = False

    @property
    def direct(self) -> bool:
        return self.place_id is None

    @property
    def happened_there(self) -> bool:
        """Whether the place is the one where it happened, and not one that only follows."""
        return self.origin is not None

    @property
    def may_be_out(self) -> bool:
        """Whether people see its card, or may see one that was sent and never settled."""
        return self.message_ref is not None or self.unclear


async def claim_deliveries(
    session: AsyncSession,
    *,
    now: datetime,
    limit: int,
    lease_seconds: float,
    token: str,
    channels: Collection[str],
    without: Collection[str] = (),
) -> list[ClaimedDelivery]:
    """Take up to `limit` due deliveries on `channels` under the lease `token`, the longest due first.

    `without` names destinations that the caller is busy with. Nobody else gets what is claimed before `lease_seconds`
    have passed: PostgreSQL skips locked rows, on SQLite the writer's lock is held. Two round trips at most.
    A claim is no attempt: whoever dies with it has not shown that the destination fails, but may have sent the card.
    """
    until = now + timedelta(seconds=lease_seconds)
    due = _everything_to_send().where(*_is_due(now), Delivery.channel.in_(sorted(channels)))
    if without:
        due = due.where(Delivery.destination.not_in(sorted(without)))
    due = due.order_by(Delivery.due_at, Delivery.id).limit(limit)
    rows = (await session.execute(due.with_for_update(of=Delivery, skip_locked=True, key_share=True))).all()
    if not rows:
        return []
    claimed = [ClaimedDelivery(lease=token, leased_until=until, **row._mapping) for row in rows]
    ids = [one.id for one in claimed]
    lost = case((Delivery.lease.is_not(None), f"{UNCERTAIN_PREFIX}lease lost"), else_=Delivery.error)
    taken = update(Delivery).where(Delivery.id.in_(ids)).values(lease=token, leased_until=until, error=lost)
    await session.execute(taken.execution_options(synchronize_session=False))
    return claimed


async def count_parked(session: AsyncSession, *, since: datetime) -> int:
    """How many deliveries were given up since then, and are wanted still."""
    parked = select(func.count()).where(Delivery.parked_at >= since, Delivery.closed_at.is_(None))
    return (await session.execute(parked)).scalar_one()


async def get_oldest_due(session: AsyncSession, now: datetime) -> datetime | None:
    """Since when the delivery that is due longest has waited; None where nothing is due."""
    return await session.scalar(select(func.min(Delivery.due_at)).where(*WAITING_DELIVERY, Delivery.due_at <= now))


def is_uncertain() -> ColumnElement[bool]:
    """Whether a card of the delivery may be out that was never settled."""
    return func.coalesce(Delivery.error, "").startswith(UNCERTAIN_PREFIX)


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    patient = select(DestinationWait.destination).where(DestinationWait.until > now)
    return (
        *WAITING_DELIVERY,
        Delivery.due_at <= now,
        or_(Delivery.leased_until.is_(None), Delivery.leased_until <= now),
        Delivery.destination.not_in(patient),
    )


def _everything_to_send() -> Select[*tuple[Any, ...]]:
    """A place or an identity is behind each delivery, never both."""
    return (
        select(
            Delivery.id,
            Delivery.destination,
            Delivery.channel,
            Delivery.place_id,
            Delivery.origin,
            Delivery.wanted_version,
            Delivery.message_ref,
            Delivery.attempts,
            or_(Delivery.lease.is_not(None), is_uncertain()).label("unclear"),
            Announcement.kind,
            Announcement.subject_id,
            Announcement.details,
            func.coalesce(Place.details, Identity.details).label("place_details"),
            Place.closed_at.is_not(None).label("place_closed"),
            Identity.person_id,
            Person.timezone.label("zone"),
            func.coalesce(Place.tenant, Identity.tenant).label("tenant"),
            func.coalesce(Place.external_id, Identity.external_id).label("external_id"),
            func.coalesce(Place.name, Person.display_name).label("name"),
            func.coalesce(Place.locale, Person.locale).label("locale"),
        )
        .join(Announcement, Announcement.id == Delivery.announcement_id)
        .outerjoin(Place, Place.id == Delivery.place_id)
        .outerjoin(Identity, Identity.id == Delivery.identity_id)
        .outerjoin(Person, Person.id == Identity.person_id)
    )
