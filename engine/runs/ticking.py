"""Due times of jobs become runs: each planned wall time once, whatever replicas, restarts and clocks do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random

from sqlalchemy import ColumnElement, Update, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.connection import SessionFactory
from engine.runs.event_runs import handle_open_events
from engine.runs.executing import execute_run
from engine.runs.guarding import make_guarded
from engine.runs.models import Run, RunOrder
from engine.runs.orders import ORDER_LEASE_DURATION, build_order_lease, claim_ordered_run, is_run_free
from engine.runs.ticks import find_open_order, open_due_ticks, settle_tick
from engine.scheduling.jobs import DONE, FAILED, Job
from engine.scheduling.triggers import get_jitter_s

TICK_LEASE_DURATION = timedelta(minutes=5)


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

    await _open_ticks(writing, claimed, clock())
    while (order := await _find_order(writing, claimed)) is not None:
        run = await execute_run(writing, order, clock=clock, random=random, stay=stay)
        outcome = FAILED if run.failure else DONE
        async with writing.begin() as session:
            await settle_tick(session, claimed.name, order.cause, outcome=outcome, run_id=run.id, now=clock())
    await _plan_next(writing, claimed, random=random)


async def _extend_claim(writing: SessionFactory, claimed: ClaimedJob, now: datetime) -> None:
    async with writing.begin() as session:
        await session.execute(_build_claim_lease(claimed, now + TICK_LEASE_DURATION))


def _build_claim_lease(claimed: ClaimedJob, until: datetime) -> Update:
    held = update(Job).where(Job.name == claimed.name, Job.claims == claimed.claim)
    return held.values(leased_until=until)


async def _open_ticks(writing: SessionFactory, claimed: ClaimedJob, now: datetime) -> None:
    async with writing.begin() as session:
        if job := await _get_held_job(session, claimed):
            await open_due_ticks(session, job, now)


async def _find_order(writing: SessionFactory, claimed: ClaimedJob) -> RunOrder | None:
    async with writing.begin() as session:
        job = await _get_held_job(session, claimed)
        return await find_open_order(session, job) if job else None


async def _plan_next(writing: SessionFactory, claimed: ClaimedJob, *, random: Random) -> None:
    async with writing.begin() as session:
        if job := await _get_held_job(session, claimed):
            jitter = random.uniform(0, get_jitter_s(job.definition))
            job.leased_until = None
            job.next_at = job.planned_at and job.planned_at + timedelta(seconds=jitter)


async def _get_held_job(session: AsyncSession, claimed: ClaimedJob) -> Job | None:
    """Lock the job and return it, or None if it has ended or is claimed by another process since."""
    job = await session.get(Job, claimed.name, with_for_update={"key_share": True})
    return job if job and job.claims == claimed.claim else None


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
        work = tick_job(writing, claimed, clock=clock, random=random)
        await make_guarded(writing, work, partial(_build_claim_lease, claimed), name=claimed.name, clock=clock)
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
        work = _make_ordered_run(writing, run, clock=clock, random=random)
        await make_guarded(writing, work, partial(build_order_lease, run.id), name=f"run:{run.id}", clock=clock)
        done += 1
    return done


async def _make_ordered_run(
    writing: SessionFactory, run: Run, *, clock: Callable[[], datetime], random: Random
) -> None:
    async def stay() -> None:
        async with writing.begin() as session:
            await session.execute(build_order_lease(run.id, clock() + ORDER_LEASE_DURATION))

    order = RunOrder(run.reward_id, run.cause, run.planned_at)
    await execute_run(writing, order, clock=clock, random=random, stay=stay)


async def _is_run_ordered(reading: SessionFactory, now: datetime) -> bool:
    async with reading.begin() as session:
        return await session.scalar(select(Run.id).where(*is_run_free(now)).limit(1)) is not None
