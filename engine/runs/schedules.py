"""Which rewards are evaluated when: their jobs, kept in step with the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.settings import Settings, load_settings
from engine.rewards.models import Reward
from engine.scheduling.jobs import Job, Tick
from engine.scheduling.triggers import find_next_time, format_wall, get_anchor, get_run_date

EVALUATED_TYPES = frozenset({"Recognition Badge", "Achievement Badge"})  # evaluated by themselves where they have rules


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

    A job that is not changed keeps its times. A date that was past before its job was first seen is a missed tick.
    """
    rewards = (await session.scalars(select(Reward).where(Reward.is_enabled).order_by(Reward.id))).all()
    stored = {job.name: job for job in await session.scalars(select(Job).with_for_update(key_share=True))}
    wanted = {format_job_name(one.id): (one, given) for one in rewards if (given := get_definition(one, settings))}
    for name, job in stored.items():
        if name not in wanted:
            await session.delete(job)
    for name, (reward, definition) in wanted.items():
        zone = get_job_zone(reward, definition, settings)
        held = stored.get(name)
        if held is None:
            held = Job(name=name, reward_id=reward.id, claims=0)
            session.add(held)
        elif (held.definition, held.zone) == (definition, zone.key):
            continue
        await _plan_job(session, held, definition, zone, now)


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
    return ZoneInfo(definition.get("timezone") or reward.timezone or settings.timezone)


async def _plan_job(
    session: AsyncSession, job: Job, definition: Mapping[str, Any], zone: ZoneInfo, now: datetime
) -> None:
    job.definition, job.zone = dict(definition), zone.key
    job.anchor = get_anchor(definition, now, zone)
    starts_now = definition.get("next_run_time") is not None
    after = job.anchor - timedelta(microseconds=1) if starts_now and definition["trigger"] == "interval" else now
    job.planned_at = job.next_at = find_next_time(definition, zone, job.anchor, after)
    if definition["trigger"] == "date" and job.planned_at is None and not definition.get("skip_past_dates"):
        await _record_missed_date(session, job, get_run_date(definition, zone), zone, now)


async def _record_missed_date(
    session: AsyncSession, job: Job, planned: datetime, zone: ZoneInfo, now: datetime
) -> None:
    wall = format_wall(planned, zone)
    known = await session.scalar(select(Tick.id).where(Tick.job == job.name, Tick.wall == wall))
    if known is None:
        session.add(Tick(job=job.name, wall=wall, planned_at=planned, outcome="missed", at=now))
