"""Runs: one evaluation of one reward, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant, JsonColumn

RUN_KIND = "run"  # of the announcement that celebrates several awards of one run; its subject is the run


@dataclass(frozen=True, slots=True)
class RunOrder:
    """What is asked of a run: for which reward, why ("tick:…", "hand:…", "event:…"), and for which time.

    Dated rules are asked for the days after `since`. A quiet run celebrates nothing.
    """

    reward_id: int
    cause: str
    planned_at: datetime
    since: datetime | None = None
    quiet: bool = False
    people: tuple[int, ...] | None = None  # only these may get it; None: everybody


class Run(Base):
    """One evaluation of one reward. It goes on in chunks of people, and whoever takes it up goes on where it stands."""

    __tablename__ = "runs"
    __table_args__ = (
        UniqueConstraint("reward_id", "cause"),
        Index("ix_runs_reward_id_started_at", "reward_id", "started_at"),
        Index(
            "ix_runs_unfinished",
            "id",
            postgresql_where=text("finished_at IS NULL"),
            sqlite_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reward_id: Mapped[int] = mapped_column(ForeignKey("rewards.reward_id"))
    cause: Mapped[str] = mapped_column(String(330))  # "tick:…", "hand:…", "event:…", "backfill:…"
    planned_at: Mapped[datetime] = mapped_column(Instant)  # the time that its rules are asked for
    since: Mapped[datetime | None] = mapped_column(Instant)  # dated rules are asked for the days after it
    quiet: Mapped[bool] = mapped_column(default=False)  # nothing is celebrated
    people: Mapped[list[int] | None] = mapped_column(JsonColumn)  # only these may get it; None: everybody
    started_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    last_person_id: Mapped[int] = mapped_column(default=0)  # everybody up to this one was looked at
    met: Mapped[int] = mapped_column(default=0)  # people who meet the rules
    earned: Mapped[int] = mapped_column(default=0)  # awards that the run made
    first_award_id: Mapped[int | None]
    last_award_id: Mapped[int | None]
    ordered_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    leased_until: Mapped[datetime | None] = mapped_column(Instant)  # of an ordered run: somebody makes it
    failure: Mapped[str | None]  # why it could not be made; None where it could

    @property
    def award_cause(self) -> str:
        """Return the cause of the awards of this run."""
        return f"run:{self.id}"


class Selection(Base):
    """The result of a selector for one occurrence of a reward: it is made once, and read again ever after."""

    __tablename__ = "selections"
    __table_args__ = (UniqueConstraint("reward_id", "occurrence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reward_id: Mapped[int] = mapped_column(ForeignKey("rewards.reward_id"))
    occurrence: Mapped[str] = mapped_column(String(128))
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    winners: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn)  # {person_id, position, …}, best first
    made_at: Mapped[datetime] = mapped_column(Instant)
