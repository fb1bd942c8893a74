"""What administrators see of rules, schedules and runs."""

from collections.abc import Sequence

from bot.cards.badge import format_badge_title
from bot.i18n.copy import Copy
from bot.protocol.elements import Bold, Card, Mention, Part, Table, Text, render_spans_as_text
from engine.rewards.models import Reward
from engine.runs.preview import RunPreview
from engine.runs.queries import RunFacts, RunSummary
from engine.runs.schedules import JobFacts


def build_reward_help_card(copy: Copy) -> Card:
    """Build the list of what `reward` can do."""
    keys = ("reward.help_preview", "reward.help_run", "reward.help_history", "reward.help_jobs")
    lines = tuple(copy.text(key) for key in keys)
    return Card(copy.line("reward.title"), copy.line("reward.help"), (copy.text("reward.help"), *lines))


def build_preview_card(reward: Reward, told: RunPreview, copy: Copy) -> Card:
    """Build what a run at this moment would do: how many people, and the first of them."""
    key = "reward.would_draw" if told.draws else "reward.would_reach"
    sentence = copy.spans(key, count=told.new, draws=told.draws or 0)
    body: list[Part] = [Text(sentence)]
    if told.named:
        names = copy.names(Mention(name, person_id) for person_id, name in told.named)
        more = told.new - len(told.named)
        body.append(copy.text("reward.among_them" if more > 0 else "reward.these", names=names))
    if told.had:
        body.append(copy.text("reward.had", count=told.had))
    return Card(_title(reward, copy), render_spans_as_text(sentence), tuple(body))


def build_run_ordered_card(reward: Reward, copy: Copy) -> Card:
    """Build the answer to an order of a run, which is made behind it."""
    sentence = copy.line("reward.ordered")
    return Card(_title(reward, copy), sentence, (Text((sentence,)),))


def build_run_done_card(facts: RunFacts, summary: RunSummary, copy: Copy) -> Card:
    """Build the news to the person who ordered a run: what came of it."""
    if summary.failure:
        sentence = copy.line("reward.run_failed")
    else:
        sentence = copy.line("reward.run_done", count=summary.earned, met=summary.met)
    return Card(format_badge_title(facts.emoji, facts.reward, copy), sentence, (Text((sentence,)),))


def build_history_card(reward: Reward, runs: Sequence[RunSummary], copy: Copy) -> Card:
    """Build the table of a reward's newest runs."""
    if not runs:
        sentence = copy.line("reward.no_runs")
        return Card(_title(reward, copy), sentence, (Text((sentence,)),))
    headers = tuple(copy.line(key) for key in ("reward.when", "reward.met", "reward.earned"))
    rows = tuple(((copy.moment(run.planned_at),), (copy.number(run.met),), (_outcome(run, copy),)) for run in runs)
    return Card(_title(reward, copy), copy.line("reward.history", count=len(runs)), (Table(headers, rows),))


def build_jobs_card(jobs: Sequence[JobFacts], copy: Copy) -> Card:
    """Build the list of schedules, each with its next times."""
    if not jobs:
        return Card(copy.line("reward.jobs"), copy.line("reward.no_jobs"), (copy.text("reward.no_jobs"),))
    lines = []
    for job in jobs:
        times = copy.names(copy.moment(time) for time in job.next_times)
        key = "reward.job" if times else "reward.job_over"
        lines.append(copy.text(key, reward=Bold(job.reward), times=times))
    return Card(copy.line("reward.jobs"), copy.line("reward.jobs"), tuple(lines))


def _outcome(run: RunSummary, copy: Copy) -> str:
    if run.failure:
        return copy.line("reward.failed")
    return copy.number(run.earned) if run.finished_at else copy.line("reward.going_on")


def _title(reward: Reward, copy: Copy) -> str:
    return format_badge_title(reward.emoji, reward.name, copy)
