"""Points: an append-only ledger. A balance is a sum."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant


class PointsEntry(Base):
    """One movement. `source` names what moved them ("award:12"), `reason` how ("received", "given", "reversed")."""

    __tablename__ = "points_entries"
    __table_args__ = (
        UniqueConstraint("person_id", "source", "reason"),
        Index("ix_points_entries_person_at", "person_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    amount: Mapped[int]
    source: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(Instant)
