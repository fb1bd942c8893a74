"""Outbox tables: announcements, and the wanted state of one card at each destination."""

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, ForeignKey, Index, String, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant, JsonColumn
from engine.outbox.notifications import CREATE_NOTIFICATIONS

EMAILED_KINDS = frozenset({"link.code"})  # kinds that may go by e-mail

UNCERTAIN_PREFIX = (
    "unclear: "  # begins the error of a delivery whose card may have been sent, although nobody settled it
)


class Announcement(Base):
    """A fact worth telling. Its card is drawn from the facts as they are when it is sent."""

    __tablename__ = "announcements"
    __table_args__ = (UniqueConstraint("kind", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))  # "kudos", "award", "notice"…
    subject_id: Mapped[int]
    details: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Delivery(Base):
    """The wanted state of one card at one destination: a place, or a person's account."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("announcement_id", "destination"),
        Index(
            "ix_deliveries_due",
            "due_at",
            "id",
            postgresql_where=text("sent_version < wanted_version AND closed_at IS NULL AND parked_at IS NULL"),
            sqlite_where=text("sent_version < wanted_version AND closed_at IS NULL AND parked_at IS NULL"),
        ),
        Index(
            "ix_deliveries_channel_due",  # an idle channel does not wait behind another one's backlog
            "channel",
            "due_at",
            "id",
            postgresql_where=text("sent_version < wanted_version AND closed_at IS NULL AND parked_at IS NULL"),
            sqlite_where=text("sent_version < wanted_version AND closed_at IS NULL AND parked_at IS NULL"),
        ),
        Index(
            "ix_deliveries_parked",
            "parked_at",
            postgresql_where=text("parked_at IS NOT NULL AND closed_at IS NULL"),
            sqlite_where=text("parked_at IS NOT NULL AND closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"))
    destination: Mapped[str] = mapped_column(String(64))  # "place:7" or "person:12": the key
    place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id"))
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("identities.id"))
    channel: Mapped[str] = mapped_column(String(16))
    origin: Mapped[dict[str, Any] | None] = mapped_column(
        JsonColumn
    )  # where it happened: the turn's own way back, or {}
    wanted_version: Mapped[int] = mapped_column(default=1)
    sent_version: Mapped[int] = mapped_column(default=0)
    message_ref: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)  # the platform's name of what was posted
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(Instant)
    lease: Mapped[str | None] = mapped_column(String(36))
    leased_until: Mapped[datetime | None] = mapped_column(Instant)
    parked_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(String(255))  # begins with UNCLEAR where the card may be out


for ddl in CREATE_NOTIFICATIONS:
    event.listen(Delivery.__table__, "after_create", DDL(ddl).execute_if(dialect="postgresql"))  # type: ignore[no-untyped-call]
