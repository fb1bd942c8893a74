"""How many may be thanked: by day, by pair, and by all at once."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from engine.admin.settings import Settings
from engine.db.connection import DatabaseSession, SessionFactory
from engine.errors import Refused
from engine.kudos.models import KudosReceiver
from engine.kudos.reversal import undo_kudos
from engine.people.models import Person
from engine.points.ledger import get_balance
from tests import people
from tests.conftest import NOW
from tests.thanking import give, refusal
from tests.waiting import PATIENCE


@pytest.fixture
async def ana(session: DatabaseSession) -> Person:
    return await people.add(session, "Ana López")


@pytest.fixture
async def bob(session: DatabaseSession) -> Person:
    return await people.add(session, "Bob Roe")


@pytest.fixture
async def carla(session: DatabaseSession) -> Person:
    return await people.add(session, "Carla Díaz")


async def test_the_allowance_counts_receivers_and_a_gift_goes_to_all_or_none(
    session: DatabaseSession, ana: Person, bob: Person, carla: Person
) -> None:
    two = Settings(kudos_per_day=2)
    first = await give(session, ana, [bob], settings=two)
    assert first.left_today == 1
    no = await refusal(session, ana, [bob, carla], settings=two)
    assert (no.reason, no.details) == ("kudos_per_day", {"count": 2, "left": 1})
    assert (await give(session, ana, [carla], settings=two)).left_today == 0
    assert (await refusal(session, ana, [bob], settings=two)).details["left"] == 0
    assert (await give(session, bob, [carla], settings=two)).left_today == 1  # everybody has their own
    assert (await give(session, ana, [bob], settings=two, now=NOW + timedelta(days=1))).left_today == 1


async def test_without_a_limit_nothing_is_left_to_tell(session: DatabaseSession, ana: Person, bob: Person) -> None:
    assert (await give(session, ana, [bob])).left_today is None
    assert (await give(session, ana, [bob], settings=Settings(kudos_per_pair_per_day=9))).left_today is None


async def test_a_lowered_allowance_never_goes_below_none(session: DatabaseSession, ana: Person, bob: Person) -> None:
    await give(session, ana, [bob])
    await give(session, ana, [bob])
    assert (await refusal(session, ana, [bob], settings=Settings(kudos_per_day=1))).details == {"count": 1, "left": 0}


async def test_the_limit_of_a_pair(session: DatabaseSession, ana: Person, bob: Person, carla: Person) -> None:
    once = Settings(kudos_per_pair_per_day=1)
    await give(session, ana, [bob], settings=once)
    no = await refusal(session, ana, [carla, bob], settings=once)
    assert (no.reason, no.details) == ("kudos_per_pair", {"name": "Bob Roe", "count": 1})
    await give(session, ana, [carla], settings=once)
    await give(session, bob, [ana], settings=once)
    await give(session, ana, [bob], settings=once, now=NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("zone", "organisation", "day"),
    [
        (None, "UTC", date(2026, 3, 2)),
        ("Pacific/Auckland", "UTC", date(2026, 3, 3)),
        (None, "Pacific/Auckland", date(2026, 3, 3)),
        ("America/Los_Angeles", "Pacific/Auckland", date(2026, 3, 2)),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_the_day_is_the_givers_own(
    session: DatabaseSession, bob: Person, zone: str | None, organisation: str, day: date
) -> None:
    dora = await people.add(session, "Dora Vale", timezone=zone)
    evening = NOW + timedelta(hours=9)
    gift = await give(session, dora, [bob], settings=Settings(timezone=organisation), now=evening)
    assert gift.day == day


async def test_undo_across_midnight_gives_back_on_the_day_it_was_spent(
    session: DatabaseSession, ana: Person, bob: Person
) -> None:
    one = Settings(kudos_per_day=1, undo_minutes=0)
    late = NOW.replace(hour=23, minute=58)
    early = late + timedelta(minutes=5)
    first = await give(session, ana, [bob], settings=one, now=late)
    await give(session, ana, [bob], settings=one, now=early)
    await undo_kudos(session, first.id, actor=ana, settings=one, now=early)
    assert (await refusal(session, ana, [bob], settings=one, now=early)).reason == "kudos_per_day"
    assert (await give(session, ana, [bob], settings=one, now=late)).day == first.day


async def _crowd(writing: SessionFactory, *names: str) -> list[Person]:
    async with writing.begin() as session:
        return [await people.add(session, name) for name in names]


async def _attempt(writing: SessionFactory, giver: Person, receivers: Sequence[Person], settings: Settings) -> bool:
    try:
        async with writing.begin() as session:
            await give(session, giver, receivers, settings=settings)
    except Refused:
        return False
    return True


async def test_twenty_at_once_against_a_limit_of_five_give_five(writing: SessionFactory) -> None:
    ana, *others = await _crowd(writing, "Ana", *(f"P{n} Roe" for n in range(20)))
    five = Settings(kudos_per_day=5)
    given = await asyncio.gather(*(_attempt(writing, ana, [who], five) for who in others))
    async with writing() as session:
        kept = await session.scalar(select(func.count()).select_from(KudosReceiver))
    assert (sum(given), kept) == (5, 5)


async def test_twenty_at_once_to_one_against_a_pair_limit_of_two_give_two(writing: SessionFactory) -> None:
    ana, bob = await _crowd(writing, "Ana", "Bob")
    twice = Settings(kudos_per_pair_per_day=2)
    assert sum(await asyncio.gather(*(_attempt(writing, ana, [bob], twice) for _ in range(20)))) == 2


async def test_crossed_gifts_never_deadlock(writing: SessionFactory) -> None:
    crowd = await _crowd(writing, "Ana", "Bob", "Carla", "Dan")
    limits = Settings(kudos_points=1, kudos_per_day=99, kudos_per_pair_per_day=99)
    for _ in range(3):
        crossed = (_attempt(writing, who, [p for p in crowd[::-1] if p is not who], limits) for who in crowd * 2)
        assert all(await asyncio.wait_for(asyncio.gather(*crossed), PATIENCE))
    async with writing() as session:
        assert await session.scalar(select(func.count()).select_from(KudosReceiver)) == 3 * 8 * 3
        assert [await get_balance(session, who.id) for who in crowd] == [18] * 4
