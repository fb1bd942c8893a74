"""Who got which reward, for which occurrence: the rows, and how they are read."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant, JsonColumn


class Award(Base):
    """An award: one person got one reward for one occurrence. Rows are never deleted; undo frees the occurrence."""

    __tablename__ = "awards"
    __table_args__ = (
        Index(
            "uq_awards_occurrence",
            "reward_id",
            "receiver_id",
            "giver_key",
            "occurrence",
            unique=True,
            postgresql_where=text("NOT freed"),
            sqlite_where=text("NOT freed"),
        ),
        Index("ix_awards_receiver_id", "receiver_id", "awarded_at"),
        Index("ix_awards_giver_id", "giver_id", "awarded_at"),
        Index(
            "ix_awards_newest",
            "awarded_at",
            "award_id",
            postgresql_where=text("undone_at IS NULL AND revoked_at IS NULL"),
            sqlite_where=text("undone_at IS NULL AND revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column("award_id", primary_key=True)
    reward_id: Mapped[int] = mapped_column(ForeignKey("rewards.reward_id"))
    receiver_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    giver_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    giver_key: Mapped[int] = mapped_column(default=0)  # 0, never NULL, where limits are not per giver
    occurrence: Mapped[str] = mapped_column(String(128))
    reward: Mapped[str] = mapped_column(String(255))  # the name on that day
    points: Mapped[int]
    words: Mapped[str | None]  # the giver's own; None where the template speaks
    args: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)
    template_revision: Mapped[int] = mapped_column(default=1)
    cause: Mapped[str] = mapped_column(String(255))  # what brought it: "turn:…", "event:…", "tick:…"
    awarded_at: Mapped[datetime] = mapped_column(Instant)
    freed: Mapped[bool] = mapped_column(default=False)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    revoke_reason: Mapped[str | None]


def build_award_source(award_id: int) -> str:
    """Return the name of an award in the ledger of points."""
    return f"award:{award_id}"


def is_award_id(number: int) -> bool:
    """Return whether the number can be the id of an award. Typed numbers may be larger than the column."""
    return 0 < number < 2**31


class Gate(Base):
    """The row that gifts of one reward to one person queue at, so that their spacing is read under a lock."""

    __tablename__ = "award_gates"
    reward_id: Mapped[int] = mapped_column(ForeignKey("rewards.reward_id"), primary_key=True)
    receiver_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
