"""What is published anywhere wakes a relay that listens; where nothing can be heard, it looks on its own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.db.connection import SessionFactory
from tests.bot.delivery.relay_world import World
from tests.conftest import Clock
from tests.waiting import until

pytestmark = pytest.mark.parametrize("backend", ["postgres"])


@pytest.fixture
async def world(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[World]:
    world = World(writing, reading, clock)
    await world.populate()
    await world.follow("general")
    yield world
    await world.relay.stop()


def url_of(database: AsyncEngine) -> str:
    return database.url.render_as_string(hide_password=False)


async def test_what_another_process_publishes_or_changes_is_sent_at_once(world: World, database: AsyncEngine) -> None:
    relay = replace(world.relay, listen_url=url_of(database), safety_poll_s=1e6)
    running = asyncio.create_task(relay.run())
    await until(lambda: relay.is_listening)
    gift = await world.thank()
    await until(lambda: len(world.web.posts) == 1)
    await world.undo(gift)
    await until(lambda: len(world.web.edits) == 1)
    await relay.stop()
    await running
