"""Make a run from its first chunk to its celebration. Whoever repeats it goes on where it stands."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.settings import Settings, load_settings
from engine.db.connection import SessionFactory
from engine.errors import BadInput, Refused
from engine.rewards.models import Reward
from engine.runs.candidates import Evaluation, evaluate_reward
from engine.runs.celebrating import celebrate_run
from engine.runs.granting import grant_next_chunk, start_run
from engine.runs.models import Run, RunOrder
from engine.runs.selecting import select_winners

log = logging.getLogger(__name__)


async def stay_silent() -> None:
    """Tell nobody that the run goes on: nobody else waits for it."""


async def execute_run(
    writing: SessionFactory,
    order: RunOrder,
    *,
    clock: Callable[[], datetime],
    random: Random,
    stay: Callable[[], Awaitable[None]] = stay_silent,
) -> Run:
    """Make the run, and return it as it stands in the end. Each chunk is a transaction of its own.

    `stay` is called after each. A reward whose rules cannot be asked leaves a run with its `failure`. Raises what a
    database raises: the run then goes on when it is executed again.
    """
    async with writing.begin() as session:
        settings = await load_settings(session)
        reward = await session.get_one(Reward, order.reward_id)
        run = await start_run(session, order, now=clock())
        if run.finished_at is not None:
            return run
    try:
        async with writing.begin() as session:
            evaluation = await _evaluate(session, await session.get_one(Run, run.id), reward, settings, random, clock())
    except (Refused, BadInput, ValueError) as problem:
        return await _fail(writing, run, problem, clock())
    while await _grant(writing, run, evaluation, clock()):
        await stay()
    async with writing.begin() as session:
        run = await session.get_one(Run, run.id, with_for_update={"key_share": True})
        if run.finished_at is None:
            await celebrate_run(session, run, reward, settings, dated=evaluation.dated, now=clock())
    return run


async def _evaluate(
    session: AsyncSession, run: Run, reward: Reward, settings: Settings, random: Random, now: datetime
) -> Evaluation:
    made = await evaluate_reward(session, reward, settings, now=run.planned_at, since=run.since, cause=run.cause)
    if run.people is not None:
        made = made.limit_to_people(run.people)
    return await select_winners(session, run, made, settings, random=random, now=now)


async def _grant(writing: SessionFactory, run: Run, evaluation: Evaluation, now: datetime) -> bool:
    async with writing.begin() as session:
        return await grant_next_chunk(session, await session.get_one(Run, run.id), evaluation, now)


async def _fail(writing: SessionFactory, run: Run, problem: Exception, now: datetime) -> Run:
    log.warning("a run was not made", extra={"action": "run_failed", "run": run.id, "error": type(problem).__name__})
    async with writing.begin() as session:
        failed = await session.get_one(Run, run.id, with_for_update={"key_share": True})
        failed.finished_at, failed.failure = now, str(problem)[:255]
        return failed
