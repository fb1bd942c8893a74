"""The ticks of a job: each due time is written down once, and what became of it."""

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.statements import build_insert_new
from engine.rewards.models import Reward
from engine.runs.models import RunOrder
from engine.scheduling.jobs import BEGUN, COALESCED, DONE, MISSED, RUNNING, Job, Tick
from engine.scheduling.triggers import DEFAULT_MISFIRE_GRACE_S, find_next_time, format_wall
from engine.scheduling.zones import find_known_zone
from engine.selectors.registry import SELECTORS

TICK_PREFIX = "tick:"  # begins the cause of a run that a job made
MAX_LATE_TIMES = 1000  # about so many due times of one job are written down after an outage, the latest ones


def build_tick_cause(wall: str) -> str:
    """Build the cause of the run of that tick."""
    return f"{TICK_PREFIX}{wall}"


async def open_due_ticks(session: AsyncSession, job: Job, now: datetime) -> None:
    """Write a tick for every due time of the job, and plan it past them. It stays due until they are settled.

    A draw beyond its misfire time is missed; of the others only the last one is made, unless the job says that each is.
    """
    zone = find_known_zone(job.zone)
    due = list_due_times(job, zone, now)
    if not due:
        return
    reward = await session.get_one(Reward, job.reward_id)
    draws = any(name in SELECTORS for name, _ in reward.rules)
    grace = timedelta(seconds=job.definition.get("misfire_grace_time") or DEFAULT_MISFIRE_GRACE_S)
    coalesces = job.definition.get("coalesce", True)

    def judge(planned: datetime) -> str:
        if draws and now - planned > grace:
            return MISSED
        return COALESCED if coalesces and planned != due[-1] else RUNNING

    rows = [
        {
            "job": job.name,
            "wall": format_wall(planned, zone),
            "planned_at": planned,
            "outcome": judge(planned),
            "at": now,
        }
        for planned in due
    ]
    await session.execute(build_insert_new(Tick).values(rows))
    job.planned_at = find_next_time(job.definition, zone, job.anchor, due[-1])


def list_due_times(job: Job, zone: ZoneInfo, now: datetime) -> Sequence[datetime]:
    """List the times at which the job was due up to `now`, oldest first: the latest ones, where they are too many."""
    first = list(islice(_iterate_due_times(job, zone, job.planned_at, now), MAX_LATE_TIMES))
    if len(first) < MAX_LATE_TIMES:
        return first
    start = max(first[0], now - (first[-1] - first[0]))  # in that span there are about so many
    later = find_next_time(job.definition, zone, job.anchor, start - timedelta(microseconds=1))
    return deque(_iterate_due_times(job, zone, later, now), MAX_LATE_TIMES)


def _iterate_due_times(job: Job, zone: ZoneInfo, planned: datetime | None, now: datetime) -> Iterator[datetime]:
    while planned is not None and planned <= now:
        yield planned
        planned = find_next_time(job.definition, zone, job.anchor, planned)


async def find_open_order(session: AsyncSession, job: Job) -> RunOrder | None:
    """Find what is to be made of the job's oldest open tick, or return None. Two round trips."""
    oldest = select(Tick).where(*_is_open(job.name)).order_by(Tick.planned_at).limit(1)
    tick: Tick | None = await session.scalar(oldest)
    if tick is None:
        return None
    known = (Tick.job == job.name, Tick.outcome.in_((DONE, BEGUN)), Tick.planned_at < tick.planned_at)
    since = await session.scalar(select(Tick.planned_at).where(*known).order_by(Tick.planned_at.desc()).limit(1))
    return RunOrder(job.reward_id, build_tick_cause(tick.wall), tick.planned_at, since)


async def settle_tick(session: AsyncSession, job: str, cause: str, *, outcome: str, run_id: int, now: datetime) -> None:
    """Write down what became of the tick whose run has that cause."""
    ticked = update(Tick).where(Tick.job == job, Tick.wall == cause.removeprefix(TICK_PREFIX))
    await session.execute(ticked.values(outcome=outcome, run_id=run_id, at=now))


async def record_job_begun(session: AsyncSession, job: Job, now: datetime) -> None:
    """Write down that the job begins now: dated rules are not asked for the days before."""
    wall = f"from {format_wall(now, find_known_zone(job.zone))}"
    row = {"job": job.name, "wall": wall, "planned_at": now, "outcome": BEGUN, "at": now}
    await session.execute(build_insert_new(Tick).values(row))


async def is_tick_open(session: AsyncSession, job: str) -> bool:
    """Check whether a tick of the job is not settled. One round trip."""
    return await session.scalar(select(Tick.id).where(*_is_open(job)).limit(1)) is not None


async def close_open_ticks(session: AsyncSession, job: str, now: datetime) -> list[str]:
    """Record the open ticks of the job as missed, and return their wall times."""
    closed = update(Tick).where(*_is_open(job)).values(outcome=MISSED, at=now).returning(Tick.wall)
    return list(await session.scalars(closed, execution_options={"synchronize_session": False}))


def _is_open(job: str) -> tuple[ColumnElement[bool], ...]:
    return Tick.job == job, Tick.outcome == RUNNING
