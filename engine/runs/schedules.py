"""Which rewards are evaluated when: their jobs, kept in step with the catalogue."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.settings import Settings, load_settings
from engine.db.statements import build_insert_new
from engine.rewards.models import Reward
from engine.runs.models import Run
from engine.runs.ticks import build_tick_cause, close_open_ticks, is_tick_open, record_job_begun
from engine.scheduling.jobs import MISSED, Job, Tick
from engine.scheduling.triggers import find_next_time, format_wall, get_anchor, get_run_date
from engine.scheduling.zones import find_known_zone

EVALUATED_TYPES = frozenset({"Recognition Badge", "Achievement Badge"})  # evaluated by themselves where they have rules
ENDED_FAILURE = "the reward was switched off, or lost its schedule, before the run was finished"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CatalogueState:
    """What tells a changed catalogue, or changed settings, from the one that the jobs were made of."""

    rewards: int
    changed_at: datetime | None
    settings: Settings


@dataclass(frozen=True, slots=True)
class JobFacts:
    """A schedule as it is shown: the reward's name, and the next due times (UTC)."""

    reward: str
    next_times: tuple[datetime, ...]


async def read_catalogue_state(session: AsyncSession) -> CatalogueState:
    """Read the state of the catalogue. Two round trips."""
    count, changed_at = (await session.execute(select(func.count(), func.max(Reward.updated_at)))).one()
    return CatalogueState(count, changed_at, await load_settings(session))


async def sync_jobs(session: AsyncSession, settings: Settings, now: datetime) -> None:
    """Make the jobs fit the catalogue: new ones are planned, changed ones planned anew, ended ones deleted.

    A job that is not changed keeps its times. A date that was past before its job was first seen is a missed tick. A
    reward whose job cannot be read keeps the one that it has.
    """
    # The jobs first: whatever reward they were made of is seen then.
    stored = {job.name: job for job in await session.scalars(select(Job).with_for_update(key_share=True))}
    rewards = (await session.scalars(select(Reward).where(Reward.is_enabled).order_by(Reward.id))).all()
    wanted = {format_job_name(one.id): (one, given) for one in rewards if (given := get_definition(one, settings))}
    for name, job in stored.items():
        if name not in wanted:
            await _end_job(session, job, now)
    for name, (reward, definition) in wanted.items():
        try:
            plan = _build_plan(reward, definition, stored.get(name), settings, now)
        except (ArithmeticError, LookupError, TypeError, ValueError):  # one reward's fault must not stop the others
            log.exception("a job was not planned", extra={"action": "plan_failed", "job": name})
            continue
        await _keep_job(session, stored.get(name), plan, now)


def format_job_name(reward_id: int) -> str:
    """Return the name of a reward's job."""
    return f"reward:{reward_id}"


def get_definition(reward: Reward, settings: Settings) -> Mapping[str, Any] | None:
    """Return the reward's job, or the default one of a type that is evaluated by itself, or None."""
    if reward.job and reward.rules:
        return reward.job
    if reward.rules and reward.reward_type in EVALUATED_TYPES and settings.evaluate_minutes:
        return {"trigger": "interval", "interval": {"minutes": settings.evaluate_minutes}, "next_run_time": "now"}
    return None


def get_job_zone(reward: Reward, definition: Mapping[str, Any], settings: Settings) -> ZoneInfo:
    """Return the zone of a job's times: its own, else the reward's, else the organisation's."""
    return find_known_zone(definition.get("timezone"), reward.timezone, settings.timezone)


def _build_plan(
    reward: Reward, definition: Mapping[str, Any], held: Job | None, settings: Settings, now: datetime
) -> Job:
    """Build the job as it is to be, with its next time. One that is not changed keeps its anchor."""
    zone = get_job_zone(reward, definition, settings)
    kept = held is not None and (held.definition, held.zone) == (definition, zone.key)
    anchor = held.anchor if held and kept else get_anchor(definition, now, zone)
    starts_now = not kept and definition["trigger"] == "interval" and definition.get("next_run_time") is not None
    after = anchor - timedelta(microseconds=1) if starts_now else now
    planned = find_next_time(definition, zone, anchor, after)
    return Job(
        name=format_job_name(reward.id),
        reward_id=reward.id,
        definition=dict(definition),
        zone=zone.key,
        anchor=anchor,
        planned_at=planned,
        next_at=planned,
    )


async def _keep_job(session: AsyncSession, held: Job | None, plan: Job, now: datetime) -> None:
    if held is None:
        await _create_job(session, plan, now)
    elif (held.definition, held.zone) != (plan.definition, plan.zone):
        await _change_job(session, held, plan, now)
    elif plan.planned_at and (held.planned_at is None or plan.planned_at < held.planned_at):
        # The clock was ahead when this job was planned. A time that was done already is known by its tick.
        held.planned_at = held.next_at = plan.planned_at


async def _create_job(session: AsyncSession, plan: Job, now: datetime) -> None:
    row = {
        column: getattr(plan, column)
        for column in ("name", "reward_id", "definition", "zone", "anchor", "planned_at", "next_at")
    }
    await session.execute(build_insert_new(Job).values({**row, "claims": 0}))  # all replicas see a change at once
    await record_job_begun(session, plan, now)
    await _record_past_date(session, plan, now)


async def _change_job(session: AsyncSession, held: Job, plan: Job, now: datetime) -> None:
    held.definition, held.zone, held.anchor = plan.definition, plan.zone, plan.anchor
    held.planned_at = plan.planned_at
    held.next_at = now if await is_tick_open(session, held.name) else plan.planned_at
    await _record_past_date(session, held, now)


async def _end_job(session: AsyncSession, job: Job, now: datetime) -> None:
    """Delete the job. What was broken off of it is not taken up again, not even if the job comes back."""
    walls = await close_open_ticks(session, job.name, now)
    broken_off = (
        Run.reward_id == job.reward_id,
        Run.cause.in_([build_tick_cause(wall) for wall in walls]),
        Run.finished_at.is_(None),
    )
    await session.execute(update(Run).where(*broken_off).values(finished_at=now, failure=ENDED_FAILURE))
    await session.delete(job)


async def _record_past_date(session: AsyncSession, job: Job, now: datetime) -> None:
    """Record the date of a job as missed if it was past before the job was first seen."""
    if job.definition["trigger"] == "date" and job.planned_at is None and not job.definition.get("skip_past_dates"):
        zone = ZoneInfo(job.zone)
        planned = get_run_date(job.definition, zone)
        row = {"job": job.name, "wall": format_wall(planned, zone), "planned_at": planned, "outcome": MISSED, "at": now}
        await session.execute(build_insert_new(Tick).values(row))
