"""The floors of the bench run the very statements that a turn runs, and a turn makes few round trips."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app import Parts, assemble_parts
from channels.server.clock import utc_now
from channels.server.environment import Environment
from engine.db.connection import build_engine, build_read_sessions, build_sessions
from tests import services
from tests.bench import floor_server, load, seeded, slack_turns, teams_turns, telegram_turns, turn
from tests.bench.floor_statements import Texts
from tests.bench.grounds import Ground, Platform
from tests.bench.slow import slow_wire

WRITTEN = ("kudos", "kudos_receivers", "kudos_tags", "points_entries", "announcements", "deliveries", "inbox")
COURSES = (slack_turns.COURSE, teams_turns.COURSE, telegram_turns.COURSE)
GROUNDS = [pytest.param(one.ground, id=one.ground.channel) for one in COURSES]
FLOORS = [pytest.param(one.ground, mode, id=f"{one.ground.channel}-{mode}") for one in COURSES for mode in one.floors]


@asynccontextmanager
async def laurel(ground: Ground, platform: Platform, url: str) -> AsyncIterator[tuple[str, Parts]]:
    """Where it listens. Without the relay: what that one does comes beside the turns."""
    told = {name.lower(): value for name, value in platform.environment.items()}
    parts = assemble_parts(Environment(_env_file=None, database_url=url, redis_url="", redis_host="", **told), utc_now)
    parts.bot.key = b"bench"
    channel = parts.channels[ground.channel]
    app = web.Application()
    channel.routes(app)
    await channel.start()
    async with TestServer(app) as server:
        yield str(server.make_url(ground.path)), parts
    await channel.stop()
    await parts.database.dispose()


async def give(url: str, platform: Platform, gifts: int) -> None:
    await load.run(url, platform.write, concurrency=1, requests=gifts)


async def populate(database: AsyncEngine, ground: Ground) -> str:
    async with build_sessions(database).begin() as session:
        await seeded.populate(session, ground)
    return database.url.render_as_string(hide_password=False)


def gist(statement: str) -> str:
    """What it does to which tables: "INSERT kudos", "SELECT identities people inbox"."""
    tables = re.findall(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)", statement)
    return " ".join([statement.split()[0], *sorted(set(tables))])


@pytest.mark.parametrize("ground", GROUNDS)
async def test_the_floor_runs_the_statements_of_a_turn(database: AsyncEngine, ground: Ground) -> None:
    seen: list[str] = []
    url = await populate(database, ground)
    async with ground.platform() as platform, laurel(ground, platform, url) as (at, parts):
        await give(at, platform, 1)  # the giver is met

        @event.listens_for(parts.database.sync_engine, "before_cursor_execute")
        def _statement(*call: Any) -> None:
            seen.append(call[2])

        await give(at, platform, 1)
    assert await seeded.gifts(url) == 2
    ran = [gist(statement) for statement in seen if not statement.startswith("BEGIN")]
    assert ran == [gist(statement) for statement in Texts(ground).turn()]


@pytest.mark.parametrize(("ground", "mode"), FLOORS)
async def test_the_floor_leaves_what_a_turn_leaves(database: AsyncEngine, ground: Ground, mode: str) -> None:
    url = await populate(database, ground)
    written = WRITTEN[-1:] if mode == "insert" else WRITTEN
    async with ground.platform() as platform:
        async with laurel(ground, platform, url) as (at, _):
            await give(at, platform, 3)
        by_turns, said = await rows(database, written), platform.said()
        async with TestServer(floor_server.application(ground.channel, mode, url, platform.api_url)) as server:
            await give(str(server.make_url(ground.path)), platform, 3)
        assert platform.said() == said * 2
    assert {name: count * 2 for name, count in by_turns.items()} == await rows(database, written)


async def rows(engine: AsyncEngine, tables: tuple[str, ...]) -> dict[str, int]:
    """How many there are in each table."""
    async with build_read_sessions(engine).begin() as session:
        return {name: (await session.execute(text(f"SELECT count(*) FROM {name}"))).scalar_one() for name in tables}


@pytest.mark.parametrize("backend", ["postgres"])
async def test_a_turn_makes_twelve_round_trips_on_the_wire(database: AsyncEngine, backend: str) -> None:
    services.need(backend)
    await populate(database, slack_turns.COURSE.ground)
    async with slow_wire(to=database.url.port or 5432, seconds=0) as wire:
        behind = database.url.set(host="127.0.0.1", port=wire.port)
        engine = build_engine(behind.render_as_string(hide_password=False))
        bot = turn.bot_on(engine)
        await bot.handle(turn.gift(1))  # connects, and prepares the statements
        before = wire.round_trips
        await bot.handle(turn.gift(2))
        assert wire.round_trips - before <= 12
        await engine.dispose()
