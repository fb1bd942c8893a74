"""Administrators look at what rules and schedules would do and have done, and start a run."""

from collections.abc import Awaitable, Callable, Mapping
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.cards.reward_runs import (
    build_history_card,
    build_jobs_card,
    build_preview_card,
    build_reward_help_card,
    build_run_ordered_card,
)
from bot.dialogs.dialog import CommandSpec, Dialog, DialogContext
from bot.dialogs.rewards.finding import find_named_reward
from bot.parsing.commands import format_typed_words
from bot.protocol.turns import Reply, Say, Words
from engine.admin.permissions import require_permission
from engine.people.names import fold_name
from engine.rewards.models import Reward
from engine.runs.orders import order_run
from engine.runs.preview import preview_run
from engine.runs.queries import list_runs
from engine.runs.schedules import JobFacts
from engine.scheduling.jobs import Job
from engine.scheduling.triggers import list_next_times

MAX_PREVIEWED_NAMES = 10
MAX_LISTED_RUNS = 10
MAX_LISTED_JOBS = 20
NEXT_TIMES = 3

Act = Callable[[DialogContext, str], Awaitable[Reply]]


async def handle_reward_command(talk: DialogContext, words: Words) -> Reply:
    require_permission(talk.person, "reward")
    verb, _, rest = format_typed_words(words).partition(" ")
    act = ACTS.get(fold_name(verb))
    return await act(talk, rest) if act else Say(build_reward_help_card(talk.copy))


async def show_preview(talk: DialogContext, typed: str) -> Reply:
    """Show whom a run would reach at this moment."""
    reward, _ = await find_named_reward(talk, typed)
    told = await preview_run(talk.session, reward, talk.settings, now=talk.now, since=None, named=MAX_PREVIEWED_NAMES)
    return Say(build_preview_card(reward, told, talk.copy))


async def start_reward_run(talk: DialogContext, typed: str) -> Reply:
    """Order a run: it is made behind this turn, and the person is told what came of it."""
    reward, _ = await find_named_reward(talk, typed)
    await order_run(talk.session, reward, actor=talk.person, origin=talk.source.channel, cause=talk.cause, now=talk.now)
    return Say(build_run_ordered_card(reward, talk.copy))


async def show_history(talk: DialogContext, typed: str) -> Reply:
    reward, _ = await find_named_reward(talk, typed)
    return Say(build_history_card(reward, await list_runs(talk.session, reward.id, limit=MAX_LISTED_RUNS), talk.copy))


async def show_jobs(talk: DialogContext, typed: str) -> Reply:
    """Show the schedules with their next times, the soonest first."""
    query = (
        select(Job, Reward.name).join(Reward, Reward.id == Job.reward_id).order_by(Job.next_at.is_(None), Job.next_at)
    )
    jobs = []
    for job, name in await talk.session.execute(query.limit(MAX_LISTED_JOBS)):
        zone = ZoneInfo(job.zone)
        jobs.append(JobFacts(name, tuple(list_next_times(job.definition, zone, job.anchor, talk.now, NEXT_TIMES))))
    return Say(build_jobs_card(jobs, talk.copy))


ACTS: Mapping[str, Act] = {
    **dict.fromkeys(("preview", "vista", "previa"), show_preview),
    **dict.fromkeys(("run", "ejecutar", "lanzar"), start_reward_run),
    **dict.fromkeys(("history", "historial"), show_history),
    **dict.fromkeys(("jobs", "schedules", "tareas", "horarios"), show_jobs),
}

REWARD_COMMANDS = (
    CommandSpec("reward", Dialog("reward"), handle_reward_command, writes=True, admin=True, registered=True),
)
