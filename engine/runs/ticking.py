"""Due times of jobs become runs: each planned wall time once, whatever replicas, restarts and clocks do."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.connection import SessionFactory
from engine.db.statements import build_insert_new
from engine.rewards.models import Reward
from engine.runs.event_runs import handle_open_events
from engine.runs.executing import execute_run
from engine.runs.models import Run, RunOrder
from engine.runs.orders import claim_ordered_run, is_run_free, publish_run_done
from engine.scheduling.jobs import Job, Tick
from engine.scheduling.triggers import DEFAULT_MISFIRE_GRACE_S, find_next_time, format_wall
from engine.selectors.registry import SELECTORS

TICK_LEASE_DURATION = timedelta(minutes=5)
TICK_RETRY_DELAY = timedelta(seconds=30)  # after a tick was broken off
MAX_LATE_TIMES = 1000  # due times of one job that an outage may leave behind; what is older is passed over

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that is due, and the number of our claim on it."""

    name: str
    claim: int


async def claim_due_job(session: AsyncSession, now: datetime) -> ClaimedJob | None:
    """Claim the job that is due longest and that nobody else works on, or return None. One round trip."""
    free = _is_free(now)
    # Compared with one value, the subquery is run once: as a list it might be run, and lock a row, for every job.
    due = select(Job.name).where(*free).order_by(Job.next_at, Job.name).limit(1).with_for_update(skip_locked=True)
    taken = (
        update(Job)
        .where(Job.name == due.scalar_subquery(), *free)
        .values(leased_until=now + TICK_LEASE_DURATION, claims=Job.claims + 1)
        .returning(Job.name, Job.claims)
    )
    row = (await session.execute(taken, execution_options={"synchronize_session": False})).one_or_none()
    return ClaimedJob(row.name, row.claims) if row else None


def _is_free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Job.next_at <= now, or_(Job.leased_until.is_(None), Job.leased_until <= now)


async def tick_job(
    writing: SessionFactory, claimed: ClaimedJob, *, clock: Callable[[], datetime], random: Random
) -> None:
    """Do what is due of a claimed job, plan its next time, and let it go.

    Raises what a database raises: the job is then taken up by whoever claims it next.
    """

    async def stay() -> None:
        await _extend_claim(writing, claimed, clock())

    for order in await _open_ticks(writing, claimed, clock()):
        run = await execute_run(writing, order, clock=clock, random=random, stay=stay)
        async with writing.begin() as session:
            outcome = "failed" if run.failure else "done"
            ticked = update(Tick).where(Tick.job == claimed.name, Tick.wall == _get_wall(order))
            await session.execute(ticked.values(outcome=outcome, run_id=run.id, at=clock()))
    await _plan_next(writing, claimed, clock=clock, random=random)


async def _extend_claim(writing: SessionFactory, claimed: ClaimedJob, now: datetime) -> None:
    held = update(Job).where(Job.name == claimed.name, Job.claims == claimed.claim)
    async with writing.begin() as session:
        await session.execute(held.values(leased_until=now + TICK_LEASE_DURATION))


async def _open_ticks(writing: SessionFactory, claimed: ClaimedJob, now: datetime) -> list[RunOrder]:
    """Write a tick for every due time, and return the orders of those to run: the unfinished ones, oldest first."""
    async with writing.begin() as session:
        job = await session.get(Job, claimed.name)
        if job is None or job.claims != claimed.claim or job.planned_at is None:
            return []
        reward = await session.get_one(Reward, job.reward_id)
        zone = ZoneInfo(job.zone)
        due = _list_due(job, zone, now)
        selected = any(name in SELECTORS for name, _ in reward.rules)
        grace = timedelta(seconds=job.definition.get("misfire_grace_time") or DEFAULT_MISFIRE_GRACE_S)
        coalesce = job.definition.get("coalesce", True)
        rows = []
        for planned in due:
            superseded = coalesce and planned != due[-1]
            missed = selected and now - planned > grace
            outcome = "missed" if missed or superseded else "running"
            rows.append(
                {
                    "job": job.name,
                    "wall": format_wall(planned, zone),
                    "planned_at": planned,
                    "outcome": outcome,
                    "at": now,
                }
            )
        if rows:
            await session.execute(build_insert_new(Tick).values(rows))
        return await _list_open_orders(session, job)


def _list_due(job: Job, zone: ZoneInfo, now: datetime) -> list[datetime]:
    due: list[datetime] = []
    planned = job.planned_at
    while planned is not None and planned <= now and len(due) < MAX_LATE_TIMES:
        due.append(planned)
        planned = find_next_time(job.definition, zone, job.anchor, planned)
    return due


async def _list_open_orders(session: AsyncSession, job: Job) -> list[RunOrder]:
    open_ticks = select(Tick).where(Tick.job == job.name, Tick.outcome == "running").order_by(Tick.planned_at)
    done = select(Tick.planned_at).where(Tick.job == job.name, Tick.outcome == "done")
    since = await session.scalar(done.order_by(Tick.planned_at.desc()).limit(1))
    orders = []
    for tick in await session.scalars(open_ticks):
        orders.append(RunOrder(job.reward_id, f"tick:{tick.wall}", tick.planned_at, since))
        since = tick.planned_at
    return orders


def _get_wall(order: RunOrder) -> str:
    return order.cause.removeprefix("tick:")


async def _plan_next(
    writing: SessionFactory, claimed: ClaimedJob, *, clock: Callable[[], datetime], random: Random
) -> None:
    async with writing.begin() as session:
        job = await session.get(Job, claimed.name, with_for_update={"key_share": True})
        if job is None or job.claims != claimed.claim:
            return
        job.leased_until = None
        now = clock()
        while job.planned_at is not None and job.planned_at <= now:
            job.planned_at = find_next_time(job.definition, ZoneInfo(job.zone), job.anchor, job.planned_at)
        jitter = job.definition.get("jitter") or 0
        job.next_at = job.planned_at and job.planned_at + timedelta(seconds=random.uniform(0, jitter))


async def tick_due_jobs(
    writing: SessionFactory, reading: SessionFactory, *, clock: Callable[[], datetime], random: Random
) -> int:
    """Do everything that is due now, and return the number of jobs that were due. Raises what the database raises."""
    done = await handle_open_events(writing, reading, clock=clock, random=random)
    done += await _make_ordered_runs(writing, reading, clock=clock, random=random)
    while True:
        async with reading.begin() as session:  # on SQLite a look must not wait for the writer
            idle = await session.scalar(select(Job.name).where(*_is_free(clock())).limit(1)) is None
        if idle:
            return done
        async with writing.begin() as session:
            claimed = await claim_due_job(session, clock())
        if claimed is None:
            return done
        await _tick_guarded(writing, claimed, clock=clock, random=random)
        done += 1


async def _make_ordered_runs(
    writing: SessionFactory, reading: SessionFactory, *, clock: Callable[[], datetime], random: Random
) -> int:
    done = 0
    while await _is_run_ordered(reading, clock()):
        async with writing.begin() as session:
            run = await claim_ordered_run(session, clock())
        if run is None:
            break
        order = RunOrder(run.reward_id, run.cause, run.planned_at)
        await execute_run(writing, order, clock=clock, random=random)
        async with writing.begin() as session:
            await publish_run_done(session, run, clock())
        done += 1
    return done


async def _is_run_ordered(reading: SessionFactory, now: datetime) -> bool:
    async with reading.begin() as session:
        return await session.scalar(select(Run.id).where(*is_run_free(now)).limit(1)) is not None


async def _tick_guarded(
    writing: SessionFactory, claimed: ClaimedJob, *, clock: Callable[[], datetime], random: Random
) -> None:
    try:
        await tick_job(writing, claimed, clock=clock, random=random)
    except Exception:  # the edge: one reward's fault must not stop the others
        log.exception("a job was broken off", extra={"action": "tick_failed", "job": claimed.name})
        retry_at = clock() + TICK_RETRY_DELAY
        async with writing.begin() as session:
            held = update(Job).where(Job.name == claimed.name, Job.claims == claimed.claim)
            await session.execute(held.values(leased_until=retry_at))
