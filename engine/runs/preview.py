"""What a run would do, before it is made; and why one person would get the reward or not. Nothing is written."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.settings import Settings
from engine.conditions.audience import build_reward_audience
from engine.conditions.condition import EVERYBODY
from engine.conditions.registry import CONDITION_BUILDERS, build_condition
from engine.people.eligibility import build_eligible_clause
from engine.people.models import Person
from engine.rewards.models import Reward
from engine.runs.candidates import build_scope, evaluate_reward
from engine.selectors.registry import SELECTORS

PREVIEW_CAUSE = "preview"  # the occurrence that a preview asks about where only its cause would name one


@dataclass(frozen=True, slots=True)
class RunPreview:
    """What a run at this moment would do.

    `new` people would get the reward (or could be drawn, where `draws` says how many are), `had` have it already.
    `named` are the first of the new ones: (id, name).
    """

    occurrence: str
    new: int
    had: int
    named: tuple[tuple[int, str], ...]
    draws: int | None


async def preview_run(
    session: AsyncSession, reward: Reward, settings: Settings, *, now: datetime, since: datetime | None, named: int
) -> RunPreview:
    """Return what a run of the reward at `now` would do. Raises Refused "unknown_rule"."""
    evaluation = await evaluate_reward(session, reward, settings, now=now, since=since, cause=PREVIEW_CAUSE)
    met = evaluation.candidates.order_by(None).params(**EVERYBODY).subquery("met")
    counts = select(func.count().filter(~met.c.had), func.count().filter(met.c.had)).select_from(met)
    new, had = (await session.execute(counts)).one()
    first = select(Person.id, Person.display_name).join(met, met.c.person_id == Person.id).where(~met.c.had)
    rows = (await session.execute(first.order_by(Person.folded_name, Person.id).limit(named))).all()
    draws = int(evaluation.selector[1].get("count", 1)) if evaluation.selector else None
    return RunPreview(evaluation.occurrence, new, had, tuple((row[0], row[1]) for row in rows), draws)


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """Whether one part of a reward is met by a person: a rule by its name, or "audience" or "repeats"."""

    name: str
    met: bool


async def explain_person(
    session: AsyncSession, reward: Reward, person: Person, settings: Settings, *, now: datetime
) -> list[RuleAnswer]:
    """Answer for each part of the reward whether the person meets it at `now`, in the order in which it is asked.

    Selectors are left out: whom they pick is open until they do. Raises Refused "unknown_rule".
    """
    one = {"after": person.id - 1, "upto": person.id}
    scope = await build_scope(session, reward, settings, now=now, since=None)
    audience = await build_reward_audience(session, reward)
    mine = select(Person.id).where(Person.id == person.id, audience, build_eligible_clause("receive"))
    answers = [RuleAnswer("audience", await session.scalar(mine) is not None)]
    for name, parameters in reward.rules:
        if name in CONDITION_BUILDERS:
            people = build_condition(name, parameters, scope).people.subquery("rule")
            found = await session.scalar(select(true()).select_from(people).limit(1), one)
            answers.append(RuleAnswer(name, found is not None))
        elif name not in SELECTORS:
            answers.append(RuleAnswer(name, False))
    if all(answer.met for answer in answers):
        evaluation = await evaluate_reward(session, reward, settings, now=now, since=None, cause=PREVIEW_CAUSE)
        found_ones = await evaluation.list_candidates(session, **one)
        answers.append(RuleAnswer("repeats", any(not candidate.had for candidate in found_ones)))
    return answers
