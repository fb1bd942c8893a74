"""What the relay asks of the database, counted on the wire as a turn is in tests/contracts/test_floor.py."""

import asyncio
from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from engine.db.connection import build_engine, build_read_sessions, build_sessions
from tests import services
from tests.bench.slow import Wire, slow_wire
from tests.bot.delivery.relay_world import World
from tests.conftest import Clock
from tests.waiting import until


@pytest.mark.parametrize("backend", ["postgres"])
async def test_two_cards_of_a_gift_make_at_most_eight_round_trips(
    database: AsyncEngine, clock: Clock, backend: str
) -> None:
    services.need(backend)
    world = World(build_sessions(database), build_read_sessions(database), clock)
    await world.populate()
    await world.follow("general", "random")
    async with slow_wire(to=database.url.port or 5432, seconds=0) as wire:
        behind = database.url.set(host="127.0.0.1", port=wire.port)
        engine = build_engine(behind.render_as_string(hide_password=False))
        writing, reading = build_sessions(engine), build_read_sessions(engine)
        channels = {"web": world.web, "slack": world.slack}
        world.relay = Relay(writing, reading, channels, clock, Random(1), MemoryRateLimiter(clock), b"key")
        for _ in range(5):  # each connection of the pool prepares each statement
            await world.thank()
            await world.relay.drain()
        before = wire.round_trips
        await world.relay.drain()
        look = wire.round_trips - before
        await world.thank()
        gift = await count(world, wire, posts=12)
        assert look == 1
        assert gift <= 8, f"{gift} round trips"
        await engine.dispose()


async def count(world: World, wire: Wire, posts: int) -> int:
    """How many round trips the relay's loop makes until so many cards are out, settled, and nothing is looked for."""
    before = wire.round_trips
    running = asyncio.create_task(world.relay.run())
    await until(lambda: len(world.web.posts) == posts)
    await world.relay.stop()
    await running
    assert all([one.sent_version == one.wanted_version for one in await world.deliveries()])
    return wire.round_trips - before
