"""Runs as they are shown: what one awarded, and what a reward's last ones did."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, not_, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.awards.models import Award
from engine.people.models import Person
from engine.rewards.models import Reward
from engine.runs.models import Run


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The standing awards of a run that may be public. `named` are the first of the receivers: (id, name)."""

    reward: str
    emoji: str | None
    description: str
    points: int
    receivers: int
    named: tuple[tuple[int, str], ...]


async def get_run_facts(session: AsyncSession, run_id: int, *, named: int) -> RunFacts | None:
    """Return what a run awarded, or None if the run is unknown. At most `named` receivers are named."""
    run = await session.get(Run, run_id)
    if run is None:
        return None
    reward = await session.get_one(Reward, run.reward_id)
    public = (
        Award.id.between(run.first_award_id, run.last_award_id),
        Award.cause == run.award_cause,
        Award.undone_at.is_(None),
        Award.revoked_at.is_(None),
        not_(Person.no_public_kudos),
    )
    receivers = select(func.count()).join(Person, Person.id == Award.receiver_id).where(*public).select_from(Award)
    names = select(Person.id, Person.display_name).join(Award, Award.receiver_id == Person.id).where(*public)
    first = (await session.execute(names.order_by(Award.id).limit(named))).all()
    total = (await session.execute(receivers)).scalar_one()
    listed = tuple((person_id, name) for person_id, name in first)
    return RunFacts(reward.name, reward.emoji, reward.description, reward.points, total, listed)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of a reward's history. `finished_at` is None while the run goes on."""

    run_id: int
    cause: str
    planned_at: datetime
    finished_at: datetime | None
    met: int
    earned: int
    failure: str | None


async def list_runs(session: AsyncSession, reward_id: int, *, limit: int) -> list[RunSummary]:
    """List the newest runs of a reward. One round trip."""
    newest = select(Run).where(Run.reward_id == reward_id).order_by(Run.started_at.desc(), Run.id.desc()).limit(limit)
    return [_summarize(run) for run in await session.scalars(newest)]


async def get_run_summary(session: AsyncSession, run_id: int) -> RunSummary | None:
    """Return what is told of one run, or None if it is unknown."""
    run = await session.get(Run, run_id)
    return _summarize(run) if run else None


def _summarize(run: Run) -> RunSummary:
    return RunSummary(run.id, run.cause, run.planned_at, run.finished_at, run.met, run.earned, run.failure)
