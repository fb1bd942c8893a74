"""Jobs and their ticks: what is due when, and what was done of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant, JsonColumn


class Job(Base):
    """A schedule of a reward. `next_at` is when it is due, `planned_at` the time without jitter that it is due for."""

    __tablename__ = "jobs"

    name: Mapped[str] = mapped_column(String(128), primary_key=True)  # "reward:1009"
    reward_id: Mapped[int] = mapped_column(ForeignKey("rewards.reward_id"))
    definition: Mapped[dict[str, Any]] = mapped_column(JsonColumn)  # as `engine.catalogue.fields.schedule` leaves it
    zone: Mapped[str] = mapped_column(String(64))
    anchor: Mapped[datetime] = mapped_column(Instant)  # intervals are counted from here
    planned_at: Mapped[datetime | None] = mapped_column(Instant)  # None: it is never due again
    next_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    leased_until: Mapped[datetime | None] = mapped_column(Instant)
    claims: Mapped[int] = mapped_column(default=0)  # so often it was claimed: tells this claim from any later one


class Tick(Base):
    """One due time of a job, by its planned wall time in the job's zone: an hour that comes twice is one."""

    __tablename__ = "ticks"
    __table_args__ = (UniqueConstraint("job", "wall"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(String(128))
    wall: Mapped[str] = mapped_column(String(32))  # "2026-03-02T09:00:00", the clock of the job's zone
    planned_at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(16))  # "running", "done", "missed", "coalesced" or "failed"
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    at: Mapped[datetime] = mapped_column(Instant)
