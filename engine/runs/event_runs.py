"""Events become runs: each reward that listens to one is evaluated for the people whom the event is about."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.connection import SessionFactory
from engine.events.gate import LOGIN_EVENT, Event
from engine.people.email import normalize_email
from engine.people.models import Person, select_merge_chain
from engine.rewards.models import Reward
from engine.runs.executing import execute_run
from engine.runs.models import RunOrder

EVENT_LEASE_DURATION = timedelta(minutes=5)
PERSON_KEYS = ("user_id", "person_id", "receiver_user")  # of the body: ids of people
EMAIL_KEYS = ("email", "user_email", "receiver_email")
EMPLOYEE_KEYS = ("employee_id", "associate_id", "receiver_employee")


async def handle_open_events(
    writing: SessionFactory, reading: SessionFactory, *, clock: Callable[[], datetime], random: Random
) -> int:
    """Act on every event that waits, oldest first, and return their number. Raises what the database raises."""
    done = 0
    while (event_id := await _claim_event(writing, reading, clock())) is not None:
        async with writing.begin() as session:
            event = await session.get_one(Event, event_id)
            people = await find_event_people(session, event.body)
            cause = f"event:{event.source}:{event.event_id}"
            quiet = event.name == LOGIN_EVENT  # every morning, and for everybody: no news
            orders = [
                RunOrder(reward.id, cause, event.received_at, quiet=quiet, people=people)
                for reward in await list_listening_rewards(session, event.name)
            ]
        for order in orders if people else ():
            await execute_run(writing, order, clock=clock, random=random)
        async with writing.begin() as session:
            await session.execute(update(Event).where(Event.id == event_id).values(done_at=clock()))
        done += 1
    return done


async def list_listening_rewards(session: AsyncSession, name: str) -> list[Reward]:
    """List the enabled rewards that are awarded on that event, by id.

    An Automated Badge without events of its own is awarded at a person's login.
    """
    rewards = await session.scalars(select(Reward).where(Reward.is_enabled).order_by(Reward.id))
    return [reward for reward in rewards if name in _list_event_names(reward)]


async def find_event_people(session: AsyncSession, body: dict[str, Any]) -> tuple[int, ...]:
    """Find the people whom the body of an event names by id, e-mail or employee id, leavers left out."""
    clauses: list[ColumnElement[bool]] = []
    if ids := [value for value in _list_values(body, PERSON_KEYS) if _is_id(value)]:
        clauses.append(Person.id.in_([int(value) for value in ids]))
    if emails := [value for value in _list_values(body, EMAIL_KEYS) if isinstance(value, str)]:
        clauses.append(Person.email.in_([normalize_email(value) for value in emails]))
    if numbers := [str(value) for value in _list_values(body, EMPLOYEE_KEYS) if isinstance(value, str | int)]:
        clauses.append(Person.employee_id.in_(numbers))
    if not clauses:
        return ()
    line = select_merge_chain(select(Person.id).where(or_(*clauses)))
    found = select(Person.id).where(Person.id.in_(select(line.c.id)), Person.active).order_by(Person.id)
    return tuple(await session.scalars(found))


def _list_event_names(reward: Reward) -> Iterable[str]:
    if not reward.events and reward.reward_type == "Automated Badge" and not reward.job:
        return (LOGIN_EVENT,)
    return (name for name, _ in reward.events)


def _list_values(body: dict[str, Any], keys: Sequence[str]) -> list[Any]:
    values = [body[key] for key in keys if body.get(key) not in (None, "", [])]
    return [one for value in values for one in (value if isinstance(value, list) else [value])]


def _is_id(value: object) -> bool:
    return not isinstance(value, bool) and str(value).isascii() and str(value).isdigit() and len(str(value)) <= 9


async def _claim_event(writing: SessionFactory, reading: SessionFactory, now: datetime) -> int | None:
    free = (Event.done_at.is_(None), or_(Event.leased_until.is_(None), Event.leased_until <= now))
    oldest = select(func.min(Event.id)).where(*free)
    async with reading.begin() as session:  # on SQLite a look must not wait for the writer
        if await session.scalar(oldest) is None:
            return None
    first = select(Event.id).where(*free).order_by(Event.id).limit(1).with_for_update(skip_locked=True)
    async with writing.begin() as session:
        taken = (
            update(Event)
            .where(Event.id == first.scalar_subquery(), *free)
            .values(leased_until=now + EVENT_LEASE_DURATION)
        )
        claimed: int | None = await session.scalar(
            taken.returning(Event.id), execution_options={"synchronize_session": False}
        )
        return claimed
