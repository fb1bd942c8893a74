"""Deliveries under a lease, and how many wait for one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant
from engine.outbox.models import UNCERTAIN_PREFIX, Delivery

WAITING_DELIVERY = (
    Delivery.sent_version < Delivery.wanted_version,
    Delivery.closed_at.is_(None),
    Delivery.parked_at.is_(None),
)
"""Word for word the condition of the index `ix_deliveries_due`, or the planner does not see that it fits."""


class DestinationWait(Base):
    """A destination that asked for patience: all deliveries to it wait `until` then, later ones too."""

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
        """Return whether the event happened in this place. A place that only follows has no origin."""
        return self.origin is not None

    @property
    def may_be_out(self) -> bool:
        """Return whether people see its card, or may see one that was sent and never settled."""
        return self.message_ref is not None or self.unclear


async def count_parked(session: AsyncSession, *, since: datetime) -> int:
    """Count the deliveries that were given up since then and are still wanted."""
    parked = select(func.count()).where(Delivery.parked_at >= since, Delivery.closed_at.is_(None))
    return (await session.execute(parked)).scalar_one()


async def get_oldest_due(session: AsyncSession, now: datetime) -> datetime | None:
    """Return the due time of the delivery that has waited longest, or None if none is due."""
    return await session.scalar(select(func.min(Delivery.due_at)).where(*WAITING_DELIVERY, Delivery.due_at <= now))


def is_uncertain() -> ColumnElement[bool]:
    """Build the condition that a card of the delivery may be out that was never settled."""
    return func.coalesce(Delivery.error, "").startswith(UNCERTAIN_PREFIX)
