"""Many gifts at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.settings import Settings
from engine.awards.models import Award
from engine.awards.reversal import revoke_award, undo_award, undo_gift
from engine.db.connection import SessionFactory
from engine.errors import Refused
from engine.people.models import Person
from engine.points.ledger import get_balance
from engine.rewards.models import Reward
from tests import people, rewards
from tests.conftest import NOW
from tests.office import Office
from tests.waiting import PATIENCE


async def crowd(writing: SessionFactory, *, names: Sequence[str], **reward: Any) -> tuple[list[Person], Reward]:
    async with writing.begin() as session:
        star = await rewards.add(session, "Star", **reward)
        return [await people.add(session, name) for name in names], star


async def attempt(
    writing: SessionFactory, giver: Person, receivers: Sequence[Person], star: Reward, cause: str
) -> str | None:
    """One gift in a transaction of its own; the reason of its refusal, or None."""
    try:
        async with writing.begin() as session:
            office = Office(session, giver, giver, giver)
            await office.give(giver, receivers, star, cause=cause)
    except Refused as no:
        return no.reason
    return None


async def test_twenty_at_once_end_in_one_award(writing: SessionFactory) -> None:
    (bob, *givers), star = await crowd(writing, names=["Bob", "Ana", "Eve", "Joe", "Kim"])
    tries = [attempt(writing, givers[n % 4], [bob], star, f"turn:{n}") for n in range(20)]
    said = await asyncio.wait_for(asyncio.gather(*tries), PATIENCE)
    assert sorted(said, key=str) == [None, *["awarded_once"] * 19]
    async with writing() as session:
        assert await session.scalar(select(func.count()).select_from(Award)) == 1
        assert await get_balance(session, bob.id) == 10


async def test_a_window_holds_against_twenty_at_once(writing: SessionFactory) -> None:
    """The gate is there since an older award: who only creates it would wait for nobody."""
    (bob, ana), star = await crowd(writing, names=["Bob", "Ana"], multiple=True, timeframe="hours:1")
    async with writing.begin() as session:
        await Office(session, ana, bob, bob).give(ana, [bob], star, cause="turn:older", now=NOW - timedelta(days=1))
    tries = [attempt(writing, ana, [bob], star, f"turn:{n}") for n in range(20)]
    said = await asyncio.wait_for(asyncio.gather(*tries), PATIENCE)
    assert sorted(said, key=str) == [None, *["awarded_hours"] * 19]


async def test_crossed_gifts_never_deadlock(writing: SessionFactory) -> None:
    (ana, bob, eve), star = await crowd(writing, names=["Ana", "Bob", "Eve"], multiple=True)
    crossed = [(ana, [bob]), (bob, [ana]), (ana, [bob, eve]), (eve, [bob, ana]), (bob, [eve, ana]), (eve, [ana, bob])]
    tries = [attempt(writing, giver, to, star, f"turn:{n}") for n, (giver, to) in enumerate(crossed * 4)]
    assert await asyncio.wait_for(asyncio.gather(*tries), PATIENCE) == [None] * 24
    async with writing() as session:
        assert await session.scalar(select(func.count()).select_from(Award)) == 40


async def test_the_cap_of_the_day_holds_against_ten_at_once(writing: SessionFactory) -> None:
    (ana, *others), star = await crowd(writing, names=["Ana", "Bob", "Eve", "Joe", "Kim"], multiple=True)
    tries = [attempt(writing, ana, [others[n % 4]], star, f"turn:{n}") for n in range(12)]
    assert await asyncio.wait_for(asyncio.gather(*tries), PATIENCE) == [None] * 12
    async with writing() as session:
        assert await get_balance(session, ana.id) == 5


async def test_two_undos_at_once_take_it_back_once(writing: SessionFactory) -> None:
    (ana, bob), star = await crowd(writing, names=["Ana", "Bob"])
    async with writing.begin() as session:
        [award] = await Office(session, ana, bob, bob).give(ana, [bob], star)

    async def undo() -> str | None:
        try:
            async with writing.begin() as session:
                await undo_award(session, award.id, actor=ana, settings=Settings(), now=NOW)
        except Refused as no:
            return no.reason
        return None

    said = await asyncio.wait_for(asyncio.gather(*(undo() for _ in range(5))), PATIENCE)
    assert sorted(said, key=str) == [None, *["already_undone"] * 4]
    async with writing() as session:
        assert [await get_balance(session, person.id) for person in (ana, bob)] == [0, 0]


async def test_undo_of_a_gift_and_revoke_of_a_part_of_it_never_deadlock(writing: SessionFactory) -> None:
    (ana, bob, eve), star = await crowd(writing, names=["Ana", "Bob", "Eve"], multiple=True)
    eve.role = "admin"

    async def take_back(act: Callable[[AsyncSession], Awaitable[object]]) -> str | None:
        try:
            async with writing.begin() as session:
                await act(session)
        except Refused as no:
            return no.reason
        return None

    for turn in range(10):
        async with writing.begin() as session:
            given = await Office(session, ana, bob, eve).give(ana, [bob, eve], star, cause=f"turn:{turn}")
        first, second = (award.id for award in given)
        undo = partial(undo_gift, award_id=first, actor=ana, settings=Settings(), now=NOW)
        revoke = partial(revoke_award, award_id=second, actor=eve, reason="a mistake", origin="web", now=NOW)
        said = await asyncio.wait_for(asyncio.gather(take_back(undo), take_back(revoke)), PATIENCE)
        assert said in ([None, None], [None, "already_undone"])
