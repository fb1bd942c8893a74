"""`preview`, `run` and `jobs`: what rules and schedules would do, do, and have done."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import datetime
from random import SystemRandom
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from channels.cli.command import CliCommand, Runtime
from engine.admin.settings import Settings, load_settings
from engine.errors import BadInput
from engine.parsing.problems import quote_text
from engine.rewards.models import Reward
from engine.rewards.name_matching import suggest_rewards
from engine.runs.executing import execute_run
from engine.runs.models import RunOrder
from engine.runs.orders import order_run
from engine.runs.preview import preview_run
from engine.runs.schedules import sync_jobs
from engine.scheduling.jobs import Job
from engine.scheduling.triggers import list_next_times

MAX_PREVIEWED_NAMES = 10


def add_reward_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("reward", help="the reward_id, or the name")
    parser.add_argument(
        "--at",
        type=_parse_time,
        metavar="TIME",
        help="ask the rules for that time, such as 2026-12-24T10:00 on the organisation's clock",
    )


def _parse_time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no time; write one like 2026-12-24T10:00") from None


async def run_preview(given: Namespace, runtime: Runtime) -> int:
    """Print what a run would do. Nothing is written."""
    async with runtime.reading.begin() as session:
        settings = await load_settings(session)
        reward = await _find_reward(session, given.reward)
        now = _get_time(given.at, settings, runtime)
        told = await preview_run(session, reward, settings, now=now, since=None, named=MAX_PREVIEWED_NAMES)
    reach = f"{told.new} could be drawn, {told.draws} would be" if told.draws else f"this would reach {told.new} people"
    print(f"{reward.id} {reward.name}, {told.occurrence}: {reach}; {told.had} have it already.")
    for person_id, name in told.named:
        print(f"    {name} ({person_id})")
    return 0


async def run_reward(given: Namespace, runtime: Runtime) -> int:
    """Make a run, and print what came of it. 2 where it failed."""
    async with runtime.writing.begin() as session:
        settings = await load_settings(session)
        reward = await _find_reward(session, given.reward)
        now = _get_time(given.at, settings, runtime)
        cause = f"cli:{runtime.clock().isoformat()}"
        run = await order_run(session, reward, actor=None, origin="cli", cause=cause, now=now)
        order = RunOrder(run.reward_id, run.cause, run.planned_at)
    done = await execute_run(runtime.writing, order, clock=runtime.clock, random=SystemRandom())
    if done.failure:
        print(f"The run was not made: {done.failure}")
        return 2
    print(f"{done.met} people meet the rules, {done.earned} of them earned {reward.name} just now.")
    return 0


async def run_jobs(given: Namespace, runtime: Runtime) -> int:
    """Print every schedule with its next times."""
    async with runtime.writing.begin() as session:
        settings = await load_settings(session)
        await sync_jobs(session, settings, runtime.clock())
        names = {reward.id: reward.name for reward in await session.scalars(select(Reward))}
        jobs = (await session.scalars(select(Job).order_by(Job.next_at, Job.name))).all()
    for job in jobs:
        zone = ZoneInfo(job.zone)
        times = list_next_times(job.definition, zone, job.anchor, runtime.clock(), 3)
        told = ", ".join(f"{time.astimezone(zone):%a %Y-%m-%d %H:%M}" for time in times) or "never again"
        print(f"{job.reward_id} {names[job.reward_id]} ({job.definition['trigger']}, {job.zone}): {told}")
    if not jobs:
        print("No reward has a schedule.")
    return 0


def add_no_arguments(parser: ArgumentParser) -> None:
    """Take no arguments."""


async def _find_reward(session: AsyncSession, typed: str) -> Reward:
    """Return the reward of that id or name. Raises BadInput, with the nearest names, where it is not one."""
    rewards = (await session.scalars(select(Reward).order_by(Reward.id))).all()
    found = [one for one in rewards if typed == str(one.id)] or [
        one for one in rewards if one.name.casefold() == typed.strip().casefold()
    ]
    if len(found) == 1:
        return found[0]
    near = ", ".join(f"{one.id} {quote_text(one.name)}" for one in found or suggest_rewards(typed, rewards))
    why = "more than one reward is called" if found else "there is no reward"
    raise BadInput(f"{why} {quote_text(typed)}" + (f"; there is {near}" if near else ""))


def _get_time(given: datetime | None, settings: Settings, runtime: Runtime) -> datetime:
    if given is None:
        return runtime.clock()
    return given if given.tzinfo else given.replace(tzinfo=ZoneInfo(settings.timezone))


REWARD_COMMANDS = (
    CliCommand("preview", "show whom a reward's rules would reach", add_reward_arguments, run_preview),
    CliCommand("run", "award a reward by its rules now", add_reward_arguments, run_reward),
    CliCommand("jobs", "show the schedules of rewards and their next times", add_no_arguments, run_jobs),
)
