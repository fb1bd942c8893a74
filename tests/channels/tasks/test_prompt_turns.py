"""A late turn is stored before anybody hears that it was taken, held while it is answered, and deleted then."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from bot.dialogs.commands import ALL_COMMANDS
from bot.dispatch.dispatcher import Bot
from bot.dispatch.pending_gifts import PendingGifts
from bot.protocol.turns import Command
from channels.tasks.background import BackgroundTasks
from channels.tasks.prompt_turns import PromptTurns, TurnNotStored
from engine.db.connection import SessionFactory
from engine.turns.pending_turns import PendingTurn
from tests import people
from tests.conftest import Clock
from tests.journeys.dialogs.kudos_world import BOB, KEY, Waiting, World
from tests.waiting import PATIENCE, until


@dataclass
class Channel:
    """One whose answers take as long as the test wants. `told` is what people heard late."""

    world: World
    turns: PromptTurns
    free: asyncio.Event = field(default_factory=asyncio.Event)
    told: list[str] = field(default_factory=list)
    breaks: bool = False

    async def hear(self) -> str | None:
        return await self.turns.run(Command(self.world.source(), "kudos", (BOB, " thanks")), self._work(), self._late)

    async def _work(self) -> str:
        await self.free.wait()
        if self.breaks:
            raise RuntimeError("it broke")
        return "answer"

    async def _late(self, answer: Awaitable[str]) -> None:
        self.told.append(await answer)

    async def done(self) -> None:
        self.free.set()
        await self.turns.under_way.finish()

    async def introduce(self, turn: Command) -> Command:
        return turn

    async def due(self) -> list[datetime]:
        """Of each stored turn, when another replica may take it up."""
        async with self.world.sessions.begin() as session:
            return list(await session.scalars(select(PendingTurn.due_at)))


@pytest.fixture
async def world(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> World:
    async with writing.begin() as session:
        for name in ("Ana López", "Bob Ray"):
            await people.add(session, name)
    return World(Bot(writing, reading, Waiting(), ALL_COMMANDS, clock, KEY), writing)


def channel(world: World, *, prompt: float = 0.0, store_s: float = PATIENCE) -> Channel:
    return Channel(world, PromptTurns(world.bot, BackgroundTasks(prompt, PATIENCE), store_s, renew_s=0.01))


@asynccontextmanager
async def unstorable(world: World) -> AsyncIterator[None]:
    """Nobody can store a turn meanwhile."""
    async with world.sessions.begin() as session:
        if session.get_bind().dialect.name == "postgresql":
            await session.execute(text("LOCK TABLE pending_turns IN ACCESS EXCLUSIVE MODE"))
        yield


async def test_what_is_done_in_time_is_not_stored(world: World) -> None:
    one = channel(world, prompt=PATIENCE)
    one.free.set()
    async with unstorable(world):
        assert await one.hear() == "answer"


async def test_a_late_turn_is_held_while_it_is_answered(world: World, clock: Clock) -> None:
    one, job = channel(world), PendingGifts(world.bot, {})
    assert await one.hear() is None
    for _ in range(3):
        clock.advance(seconds=14)
        async with asyncio.timeout(PATIENCE):
            while (await one.due())[0] <= clock() + timedelta(seconds=14):  # noqa: ASYNC110 - a row has no event
                await asyncio.sleep(0.01)
        await job.look()
    await one.done()
    assert one.told == ["answer"]
    assert await one.due() == []


async def test_what_fails_stays_stored_and_another_replica_gives_it(world: World, clock: Clock) -> None:
    one = channel(world)
    one.breaks = True
    assert await one.hear() is None
    await one.done()
    clock.advance(seconds=16)
    jobs = [PendingGifts(world.bot, {"web": one}) for _ in range(3)]
    await asyncio.gather(*(job.look() for job in jobs))
    assert [gift.words for gift in await world.gifts()] == ["thanks"]
    assert await one.due() == []


async def test_what_cannot_be_stored_is_not_acknowledged(world: World) -> None:
    one = channel(world, store_s=0.05)
    async with unstorable(world):
        with pytest.raises(TurnNotStored):
            await one.hear()
    await one.done()
    assert one.told == ["answer"], "it goes on all the same"
    assert await one.due() == []


async def test_what_is_done_while_it_is_stored_is_answered(world: World) -> None:
    one = channel(world)
    async with unstorable(world):
        hearing = asyncio.create_task(one.hear())
        await until(lambda: len(one.turns.under_way._tasks) == 2)
        one.free.set()
        assert await hearing == "answer"
    await one.done()
    assert one.told == []
    assert await one.due() == []
