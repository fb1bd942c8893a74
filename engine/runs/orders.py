"""Runs that somebody ordered: they are written down with the order, and made by whoever looks next."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.audit import record_audit
from engine.admin.permissions import require_permission
from engine.outbox.publishing import publish_announcement
from engine.people.models import Person
from engine.rewards.models import Reward
from engine.runs.granting import start_run
from engine.runs.models import Run, RunOrder

HAND_PREFIX = "hand:"  # begins the cause of a run that a person ordered
RUN_DONE_KIND = "run.done"  # of the news to the person who ordered a run; its subject is the run
ORDER_LEASE_DURATION = timedelta(minutes=5)


async def order_run(
    session: AsyncSession, reward: Reward, *, actor: Person | None, origin: str, cause: str, now: datetime
) -> Run:
    """Order a run of the reward for `now`; the same cause orders once. `actor` None is the command line.

    Raises NotAllowed for a member.
    """
    if actor is not None:
        require_permission(actor, "reward")
    run = await start_run(session, RunOrder(reward.id, f"{HAND_PREFIX}{cause}", now), now=now)
    run.ordered_by = actor.id if actor else None
    record_audit(
        session, "reward.run", f"reward:{reward.id}", now, actor_id=run.ordered_by, origin=origin, after={"run": run.id}
    )
    return run


def is_run_free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Build the conditions that an ordered run is not finished, and that nobody makes it."""
    return (
        Run.finished_at.is_(None),
        Run.cause.startswith(HAND_PREFIX, autoescape=True),
        or_(Run.leased_until.is_(None), Run.leased_until <= now),
    )


async def claim_ordered_run(session: AsyncSession, now: datetime) -> Run | None:
    """Claim the oldest ordered run that is not finished and that nobody else makes. One or two round trips."""
    free = is_run_free(now)
    oldest = select(Run.id).where(*free).order_by(Run.id).limit(1).with_for_update(skip_locked=True)
    taken = (
        update(Run)
        .where(Run.id == oldest.scalar_subquery(), *free)
        .values(leased_until=now + ORDER_LEASE_DURATION)
        .returning(Run)
    )
    claimed: Run | None = await session.scalar(taken, execution_options={"synchronize_session": False})
    return claimed


async def publish_run_done(session: AsyncSession, run: Run, now: datetime) -> None:
    """Tell the person who ordered the run what came of it."""
    if run.ordered_by is not None:
        people = [run.ordered_by]
        await publish_announcement(session, RUN_DONE_KIND, run.id, now, place_id=None, everywhere=False, people=people)
