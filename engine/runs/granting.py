"""A run grants a reward to everybody who meets its rules: chunk by chunk, each in a transaction of the caller's own."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Integer, String, cast, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from engine.awards.limits import lock_gates
from engine.awards.models import Award
from engine.conditions.condition import MAX_PERSON_ID
from engine.db.base import Instant
from engine.db.json_rows import build_json_rows
from engine.db.statements import build_insert_new
from engine.people.models import Person
from engine.points.ledger import PointsEntry
from engine.rewards.models import Reward
from engine.runs.candidates import Candidate, Evaluation
from engine.runs.models import Run, RunOrder

CHUNK_PEOPLE = 5_000  # people of the directory that one transaction looks at
ROW_TYPES = {"person_id": Integer, "occurrence": String, "args": JSON}


async def start_run(session: AsyncSession, order: RunOrder, *, now: datetime) -> Run:
    """Return the run of the reward for this cause: it is created once, and taken up ever after."""
    fresh = {"started_at": now, "last_person_id": 0, "met": 0, "earned": 0}
    people = None if order.people is None else list(order.people)
    await session.execute(build_insert_new(Run).values(**{**asdict(order), "people": people}, **fresh))
    found = select(Run).where(Run.reward_id == order.reward_id, Run.cause == order.cause)
    return (await session.scalars(found)).one()


async def grant_next_chunk(session: AsyncSession, run: Run, evaluation: Evaluation, now: datetime) -> bool:
    """Grant the reward to the next people of the directory who meet its rules. Return False if nobody is left.

    `run` is locked until the transaction ends, so that two replicas never do the same chunk.
    """
    await session.refresh(run, with_for_update={"key_share": True})
    if run.finished_at is not None:
        return False
    upto = await _find_chunk_end(session, run)
    if upto is None:
        return False
    candidates = await evaluation.list_locked_candidates(session, after=run.last_person_id, upto=upto)
    if evaluation.gated and candidates:
        await lock_gates(session, evaluation.reward.id, [one.person_id for one in candidates])
        candidates = await evaluation.list_candidates(session, after=run.last_person_id, upto=upto)
    given = await _insert_awards(session, run, evaluation.reward, [one for one in candidates if not one.had], now)
    run.met += len(candidates)
    run.earned += len(given)
    run.last_person_id = upto
    if given:
        run.first_award_id = min(run.first_award_id or given[0], *given)
        run.last_award_id = max(run.last_award_id or 0, *given)
    return True


async def _find_chunk_end(session: AsyncSession, run: Run) -> int | None:
    if run.people is not None:
        return MAX_PERSON_ID if run.last_person_id < MAX_PERSON_ID else None
    ids = select(Person.id).where(Person.id > run.last_person_id).order_by(Person.id).limit(CHUNK_PEOPLE).subquery()
    end: int | None = await session.scalar(select(func.max(ids.c.id)))
    return end


async def _insert_awards(
    session: AsyncSession, run: Run, reward: Reward, people: Sequence[Candidate], now: datetime
) -> list[int]:
    """Write the awards with their points, and return the ids of those that are new. Two round trips."""
    if not people:
        return []
    dialect = session.get_bind().dialect.name
    listed = [{"person_id": one.person_id, "occurrence": one.occurrence, "args": one.arguments} for one in people]
    rows = build_json_rows(dialect, "receivers", listed, ROW_TYPES)
    values: Mapping[str, Any] = {
        "reward_id": literal(reward.id),
        "receiver_id": rows.c.person_id,
        "giver_key": literal(0),
        "occurrence": rows.c.occurrence,
        "reward": literal(reward.name),
        "points": literal(reward.points),
        "args": rows.c.args,
        "template_revision": literal(reward.template_revision),
        "cause": literal(run.award_cause),
        "awarded_at": literal(now, Instant),
        "freed": literal(False),
    }
    new = build_insert_new(Award).from_select(list(values), select(*values.values()).where(true()))
    given = list(await session.scalars(new.returning(Award.id)))
    if given and reward.points:
        await _pay_receivers(session, run, min(given), max(given), now)
    return sorted(given)


async def _pay_receivers(session: AsyncSession, run: Run, first: int, last: int, now: datetime) -> None:
    source = literal("award:").concat(cast(Award.id, String))
    earned = select(Award.receiver_id, Award.points, source, literal("received"), literal(now, Instant)).where(
        Award.id.between(first, last), Award.cause == run.award_cause
    )
    columns = ["person_id", "amount", "source", "reason", "at"]
    await session.execute(build_insert_new(PointsEntry).from_select(columns, earned))
