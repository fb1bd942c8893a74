"""The application itself takes up what waits: nobody in the test does."""

import asyncio

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.db.connection import build_read_sessions, build_sessions
from engine.kudos.models import Kudos
from engine.people.models import Identity
from tests.conftest import Clock
from tests.journeys.wire.seen import GENERAL
from tests.journeys.wire.slack import SlackHand
from tests.journeys.wire.teams import TeamsHand
from tests.journeys.wire.world import running
from tests.platforms.slack import Failure
from tests.platforms.teams import Failure as Down
from tests.waiting import PATIENCE

BUSY = Failure("ratelimited", 429, {"Retry-After": "1"})


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_running_laurel_completes_a_gift_that_waits(
    database_url: str, database: AsyncEngine, clock: Clock
) -> None:
    async with running(database_url, database, clock, "en") as world:
        hand = SlackHand(world)
        await hand.say("ana", "/points")
        async with build_sessions(database).begin() as session:
            await session.execute(delete(Identity).where(Identity.external_id == "UBOB"))
        world.slack.fail("users.info", BUSY)
        await hand.say("ana", "/kudos {bob} thanks a lot")
        await completed(database, clock)
        assert len(await hand.public(GENERAL)) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_on_teams_too(database_url: str, database: AsyncEngine, clock: Clock) -> None:
    async with running(database_url, database, clock, "en") as world:
        hand = TeamsHand(world)
        await hand.say("ana", "points")
        world.teams.fail("member", Down(503))
        await hand.say("ana", "kudos {bob} thanks a lot")
        await completed(database, clock)
        assert len(await hand.public(GENERAL)) == 1


async def completed(database: AsyncEngine, clock: Clock) -> None:
    assert await gifts(database) == 0
    clock.advance(seconds=6)
    async with asyncio.timeout(PATIENCE):
        while not await gifts(database):  # noqa: ASYNC110 - the job tells nobody
            await asyncio.sleep(0.05)


async def gifts(database: AsyncEngine) -> int:
    async with build_read_sessions(database).begin() as session:
        return await session.scalar(select(func.count()).select_from(Kudos)) or 0
