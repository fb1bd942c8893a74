"""The winners of a selector: picked once for an occurrence of a reward, and read again ever after."""

from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.settings import Settings
from engine.conditions.condition import EVERYBODY
from engine.db.statements import build_insert
from engine.rules.parameters import PARAMETERS_BY_RULE
from engine.runs.candidates import Evaluation, build_scope
from engine.runs.models import Run, Selection
from engine.selectors.registry import SELECTORS


async def select_winners(
    session: AsyncSession, run: Run, evaluation: Evaluation, settings: Settings, *, random: Random, now: datetime
) -> Evaluation:
    """Return the evaluation that only the winners come out of, or the same one if the reward has no selector.

    The first run for the occurrence picks the winners; every later one finds them.
    """
    if evaluation.selector is None:
        return evaluation
    name, given = evaluation.selector
    key = (Selection.reward_id == run.reward_id, Selection.occurrence == evaluation.occurrence)
    stored = (await session.scalars(select(Selection).where(*key))).one_or_none()
    if stored is None:
        parameters = PARAMETERS_BY_RULE[name].model_validate(given)
        scope = await build_scope(session, evaluation.reward, settings, now=run.planned_at, since=run.since)
        people = evaluation.candidates.order_by(None).subquery("met")
        met = select(people.c.person_id).where(~people.c.had).params(**EVERYBODY)
        winners = await SELECTORS[name](session, parameters, scope, met, random)
        row = {
            "reward_id": run.reward_id,
            "occurrence": evaluation.occurrence,
            "run_id": run.id,
            "winners": [
                {**one.arguments, "person_id": one.person_id, "position": position}
                for position, one in enumerate(winners, 1)
            ],
            "made_at": now,
        }
        await session.execute(build_insert(session, Selection).values(row).on_conflict_do_nothing())
        stored = (await session.scalars(select(Selection).where(*key))).one()
    return evaluation.limit_to({one["person_id"]: _get_arguments(one) for one in stored.winners})


def _get_arguments(winner: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in winner.items() if name != "person_id"}
