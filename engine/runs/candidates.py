"""Who gets a reward: the rules, the audience and the wishes of people, joined into one statement."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.settings import Settings
from engine.awards.limits import build_occurrence
from engine.conditions.audience import build_reward_audience
from engine.conditions.condition import ARGUMENT_PREFIX, Condition, RuleScope
from engine.conditions.registry import CONDITION_BUILDERS, build_condition
from engine.errors import Refused
from engine.people.eligibility import build_eligible_clause
from engine.people.models import Person
from engine.rewards.models import Reward
from engine.runs.repeats import build_had_clause
from engine.selectors.registry import SELECTORS


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who meets the rules of a reward, for one occurrence. `had` is true if they cannot get it again."""

    person_id: int
    occurrence: str
    had: bool
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A reward's rules at one time, as a statement with the parameters `after` and `upto`.

    `gated` is true where the key of an award does not tell one occasion from another: its receivers are locked first.
    """

    reward: Reward
    occurrence: str
    candidates: Select[*tuple[Any, ...]]
    gated: bool
    dated: bool  # celebrated at an hour of the day
    selector: tuple[str, Mapping[str, Any]] | None = None  # name and parameters of the rule that picks few of those
    winners: Mapping[int, Mapping[str, Any]] | None = None  # once it picked them: what is stored with each award

    def limit_to_people(self, people: Sequence[int]) -> "Evaluation":
        """Return the evaluation that is asked for these people alone."""
        return replace(self, candidates=self.candidates.where(Person.id.in_(people)))

    def limit_to(self, winners: Mapping[int, Mapping[str, Any]]) -> "Evaluation":
        """Return the evaluation that only these people come out of, with what the selector says of each."""
        return replace(self, winners=winners, candidates=self.candidates.where(Person.id.in_(list(winners))))

    async def list_candidates(self, session: AsyncSession, *, after: int, upto: int) -> list[Candidate]:
        """List the people with ids in (after, upto] who meet the rules, by id. One round trip."""
        rows = await session.execute(self.candidates, {"after": after, "upto": upto})
        return [self._read_candidate(row) for row in rows]

    async def list_locked_candidates(self, session: AsyncSession, *, after: int, upto: int) -> list[Candidate]:
        """As `list_candidates`, and hold these people until the transaction ends: a merge waits or is over."""
        locked = self.candidates.with_for_update(read=True, key_share=True, of=Person)
        rows = await session.execute(locked, {"after": after, "upto": upto})
        return [self._read_candidate(row) for row in rows]

    def _read_candidate(self, row: Row[Any]) -> Candidate:
        values = row._mapping
        arguments = {
            name.removeprefix(ARGUMENT_PREFIX): value
            for name, value in values.items()
            if name.startswith(ARGUMENT_PREFIX)
        }
        chosen = (self.winners or {}).get(values["person_id"], {})
        return Candidate(values["person_id"], values["occurrence"], bool(values["had"]), {**arguments, **chosen})


async def evaluate_reward(
    session: AsyncSession, reward: Reward, settings: Settings, *, now: datetime, since: datetime | None, cause: str
) -> Evaluation:
    """Build the statement of everybody who meets the reward's rules at `now`.

    Dated rules are asked for the days after `since`. `cause` names an occasion that no rule and no timeframe names.
    Raises Refused "unknown_rule" with the name of a rule that is not known.
    """
    scope = await build_scope(session, reward, settings, now=now, since=since)
    selector = next(((name, given) for name, given in reward.rules if name in SELECTORS), None)
    conditions = list(_build_conditions(reward, scope))
    audience = await build_reward_audience(session, reward)
    occurrence = build_occurrence(reward, now, scope.zone, cause)
    joined = [condition.people.subquery(f"rule_{number}") for number, condition in enumerate(conditions)]
    dated = next((rule.c.occurrence for rule, one in zip(joined, conditions, strict=True) if one.dated), None)
    named: ColumnElement[str] = literal(occurrence) if dated is None else dated
    yearly = any(condition.yearly for condition in conditions)
    had = build_had_clause(reward, Person.id, named, now, scope.zone, yearly=yearly)
    arguments = {column.name: column for rule in joined for column in rule.c if column.name.startswith(ARGUMENT_PREFIX)}
    candidates = select(Person.id.label("person_id"), named.label("occurrence"), had.label("had"), *arguments.values())
    for rule in joined:
        candidates = candidates.join(rule, rule.c.person_id == Person.id)
    eligible = [build_eligible_clause(purpose) for purpose in {"receive", *(one.purpose for one in conditions)}]
    candidates = candidates.where(audience, *eligible, scope.limit_people(Person.id)).order_by(Person.id)
    gated = dated is None and occurrence == cause
    return Evaluation(reward, occurrence, candidates, gated, dated is not None, selector)


async def build_scope(
    session: AsyncSession, reward: Reward, settings: Settings, *, now: datetime, since: datetime | None
) -> RuleScope:
    """Build what the reward's rules are asked with. One round trip."""
    zones = tuple(await session.scalars(select(Person.timezone).distinct()))
    zone = ZoneInfo(reward.timezone or settings.timezone)
    return RuleScope(session.get_bind().dialect.name, now, since, zone, settings, reward.id, zones or (None,))


def _build_conditions(reward: Reward, scope: RuleScope) -> Iterator[Condition]:
    for name, parameters in reward.rules:
        if name in SELECTORS:
            continue
        if name not in CONDITION_BUILDERS:
            raise Refused("unknown_rule", rule=name, reward=reward.name)
        yield build_condition(name, parameters, scope)
