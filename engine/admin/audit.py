"""Who changed what: a row for every act of an administrator."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant, JsonColumn


class AuditRow(Base):
    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_object", "object", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # None: the command line
    origin: Mapped[str] = mapped_column(String(32))  # "slack", "web", "cli"…
    action: Mapped[str] = mapped_column(String(64))  # "award.revoke", "setting.change"…
    object: Mapped[str] = mapped_column(String(128))  # "award:12", "setting:kudos_points"…
    before: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    after: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)


def record_audit(
    session: AsyncSession,
    action: str,
    subject: str,
    now: datetime,
    *,
    actor_id: int | None,
    origin: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditRow:
    """Add an audit row to the session. It gets its id when it is committed together with the change."""
    row = AuditRow(
        at=now,
        actor_id=actor_id,
        origin=origin,
        action=action,
        object=subject,
        before=before,
        after=after,
    )
    session.add(row)
    return row
