"""Gifts that are under way while people become one: in the end all of them are with the one who was kept."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count

import pytest
from sqlalchemy import func, select, text, update

from engine.accounts.merged_rows import MERGED_COLUMNS
from engine.accounts.merging import merge_people, reapply_merges, unmerge_people
from engine.admin.settings import Settings
from engine.awards.giving import give_reward
from engine.awards.reversal import undo_gift
from engine.db.connection import SessionFactory
from engine.kudos.models import KudosReceiver
from engine.kudos.reversal import undo_kudos
from engine.people.models import Merge, Person
from engine.points.ledger import get_balance
from engine.rewards.models import Reward
from tests import people, rewards
from tests.conftest import NOW
from tests.thanking import give
from tests.waiting import PATIENCE

MERGES = 10

PAYING = Settings(kudos_points=5)

TURNS = count()


async def count_left_behind(reading: SessionFactory) -> dict[str, int]:
    """What still names somebody who was merged, by column."""
    merged = select(Merge.merged_id).where(Merge.undone_at.is_(None))
    async with reading() as session:
        counts = {
            f"{table.name}.{name}": await session.scalar(
                select(func.count()).select_from(table).where(table.c[name].in_(merged))
            )
            for table, name, _ in MERGED_COLUMNS
        }
    return {column: number for column, number in counts.items() if number}


async def wait_until_held_up(reading: SessionFactory, count: int) -> None:
    """Wait until so many transactions wait for somebody's lock. On SQLite they wait to begin, which needs no proof."""
    async with reading() as session:
        if session.get_bind().dialect.name != "postgresql":
            return
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while True:
        async with reading() as session:
            if (await session.scalar(waiting) or 0) >= count:
                return
        await asyncio.sleep(0.02)


async def give_badge(writing: SessionFactory, giver: Person, receiver: Person, star: Reward) -> None:
    async with writing.begin() as session:
        await give_reward(
            session, giver=giver, receivers=[receiver], reward=star, words="thanks", settings=Settings(), now=NOW,
            cause=f"turn:{next(TURNS)}", place_id=None, origin=None,
        )  # fmt: skip


async def thank(writing: SessionFactory, giver: Person, receiver: Person) -> None:
    async with writing.begin() as session:
        await give(session, giver, [receiver], settings=PAYING)


async def test_gifts_in_the_instant_of_a_merge_reach_who_is_kept(
    writing: SessionFactory, reading: SessionFactory
) -> None:
    """All who give have read the one who goes before; some wait at the lock of the merge, the others come after it."""
    async with writing.begin() as session:
        eve = await people.add(session, "Eve Adams", role="admin")
        star = await rewards.add(session, "Star", multiple=True, points=10)
        givers = [await people.add(session, f"Giver{at}") for at in range(3)]
        pairs = [[await people.add(session, f"{name}{at}") for name in ("Goes", "Stays")] for at in range(MERGES)]
    for goes, stays in pairs:
        async with asyncio.timeout(PATIENCE):
            async with writing.begin() as session:
                both = [await session.get_one(Person, person.id) for person in (goes, stays)]
                await merge_people(session, *both, actor=eve, origin="web", now=NOW)
                gifts = [asyncio.create_task(thank(writing, giver, goes)) for giver in givers]
                gifts += [asyncio.create_task(give_badge(writing, givers[0], goes, star))]
                gifts += [asyncio.create_task(thank(writing, goes, givers[1]))]
                await wait_until_held_up(reading, len(gifts))
            await asyncio.gather(*gifts)
            await thank(writing, givers[2], goes)
    assert await count_left_behind(reading) == {}
    async with reading() as session:
        received = select(func.count()).where(KudosReceiver.receiver_id == pairs[0][1].id)
        assert await session.scalar(received) == 4
        assert {await get_balance(session, stays.id) for _, stays in pairs} == {4 * 5 + 10}


async def test_what_is_taken_back_in_that_instant_is_taken_from_who_is_kept(
    writing: SessionFactory, reading: SessionFactory
) -> None:
    async with writing.begin() as session:
        eve = await people.add(session, "Eve Adams", role="admin")
        star = await rewards.add(session, "Star", multiple=True, points=10)
        ana, goes, stays = [await people.add(session, name) for name in ("Ana", "Goes", "Stays")]
        kudos = await give(session, ana, [goes], settings=PAYING)
    await give_badge(writing, ana, goes, star)

    async def take_back(undo: Callable[..., Awaitable[object]], number: int) -> None:
        async with writing.begin() as session:
            await undo(session, number, actor=ana, settings=PAYING, now=NOW)

    async with asyncio.timeout(PATIENCE):
        async with writing.begin() as session:
            both = [await session.get_one(Person, person.id) for person in (goes, stays)]
            await merge_people(session, *both, actor=eve, origin="web", now=NOW)
            undoing = [asyncio.create_task(take_back(undo_kudos, kudos.id))]
            undoing += [asyncio.create_task(take_back(undo_gift, 1))]
            await wait_until_held_up(reading, len(undoing))
        await asyncio.gather(*undoing)
    assert await count_left_behind(reading) == {}
    async with reading() as session:
        assert [await get_balance(session, person.id) for person in (ana, goes, stays)] == [0, 0, 0]


async def test_what_was_left_behind_is_handed_over_and_goes_back(
    writing: SessionFactory, reading: SessionFactory
) -> None:
    """Rows that an older version left with the merged one; taking the merge back brings them home."""
    async with writing.begin() as session:
        eve = await people.add(session, "Eve Adams", role="admin")
        ana, goes, stays = [await people.add(session, name) for name in ("Ana", "Goes", "Stays")]
        await merge_people(session, goes, stays, actor=eve, origin="web", now=NOW)
        kudos = await give(session, ana, [stays], settings=PAYING)
    async with writing.begin() as session:
        for table, name, _ in MERGED_COLUMNS:
            if table.name in ("kudos_receivers", "points_entries"):
                await session.execute(update(table).where(table.c[name] == stays.id).values({name: goes.id}))
    assert await count_left_behind(reading) == {"kudos_receivers.receiver_id": 1, "points_entries.person_id": 1}
    for _ in range(2):
        async with writing.begin() as session:
            await reapply_merges(session)
    assert await count_left_behind(reading) == {}
    async with writing.begin() as session:
        kept = await session.get_one(Person, stays.id)
        await unmerge_people(session, kept, actor=eve, origin="web", now=NOW)
        owner = select(KudosReceiver.receiver_id).where(KudosReceiver.kudos_id == kudos.id)
        assert await session.scalar(owner) == goes.id
        assert await get_balance(session, goes.id) == 5


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_gift_to_oneself_by_a_merge_is_refused(writing: SessionFactory) -> None:
    async with writing.begin() as session:
        eve = await people.add(session, "Eve Adams", role="admin")
        goes, stays = [await people.add(session, name) for name in ("Goes", "Stays")]
        session.expunge(goes)
        again = await session.get_one(Person, goes.id)
        await merge_people(session, again, stays, actor=eve, origin="web", now=NOW)
        with pytest.raises(Exception, match="self_kudos"):
            await give(session, stays, [goes])
