"""A draw among the people who meet the conditions."""

import math
from collections.abc import Collection
from datetime import date, timedelta
from heapq import nlargest
from random import Random

from sqlalchemy import ColumnElement, Select, and_, func, not_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from engine.awards.models import Award
from engine.conditions.condition import RuleScope
from engine.people.eligibility import build_eligible_clause
from engine.people.models import Person
from engine.periods import get_local_day
from engine.rules.parameters import DrawFilters, DrawWeights, RandomUsers
from engine.selectors.selector import Winner


async def draw_random_users(
    session: AsyncSession, parameters: RandomUsers, scope: RuleScope, met: Select[int], random: Random
) -> list[Winner]:
    """Draw `count` people. A weight of 2 makes somebody twice as likely as a weight of 1, a weight of 0 never wins.

    Weighted sampling without replacement by exponential keys (Efraimidis and Spirakis, 2006).
    """
    day = get_local_day(scope.now, scope.zone)
    people = select(Person.id, Person.department, Person.start_date).where(
        Person.id.in_(met),
        build_eligible_clause("draw"),
        _build_filter(parameters.filters, day),
        _exclude_recent_winners(parameters, scope),
    )
    keys = []
    for person_id, department, start_date in await session.execute(people.order_by(Person.id)):
        weight = get_weight(parameters.weights, department, (day - start_date).days if start_date else 0)
        if weight > 0:
            keys.append((math.log(1.0 - random.random()) / weight, person_id))
    return [Winner(person_id, {}) for _, person_id in nlargest(parameters.count, keys)]


def get_weight(weights: DrawWeights, department: str | None, tenure_days: int) -> float:
    """Return the weight of a person: the department's times that of the longest tenure reached, each 1 by default."""
    by_tenure = {int(days): weight for days, weight in weights.tenure_weights.items() if int(days) <= tenure_days}
    tenure = by_tenure[max(by_tenure)] if by_tenure else 1
    return max(float(weights.department_weights.get(department or "", 1)) * float(tenure), 0.0)


def _build_filter(filters: DrawFilters, day: date) -> ColumnElement[bool]:
    wanted: list[ColumnElement[bool]] = [true()]
    for column, names in ((Person.department, filters.departments), (Person.job_code, filters.job_codes)):
        if names:
            listed: Collection[str] = [names] if isinstance(names, str) else names
            wanted.append(func.lower(column).in_([name.strip().lower() for name in listed]))
    if filters.min_tenure_days:
        wanted.append(Person.start_date <= day - timedelta(days=filters.min_tenure_days))
    return and_(*wanted)


def _exclude_recent_winners(parameters: RandomUsers, scope: RuleScope) -> ColumnElement[bool]:
    if not parameters.exclude_recent_winners:
        return true()
    reward_id = parameters.current_reward_id or scope.reward_id
    since = scope.now - timedelta(days=parameters.recent_winner_days)
    won = select(Award.id).where(
        Award.reward_id == reward_id, Award.receiver_id == Person.id, not_(Award.freed), Award.awarded_at > since
    )
    return not_(won.exists())
