"""What the relays of several replicas promise together, and each in its loop."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.protocol.elements import Card
from engine.db.connection import SessionFactory
from tests.bot.delivery.relay_world import World
from tests.conftest import Clock
from tests.waiting import until


@pytest.fixture
async def world(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[World]:
    world = World(writing, reading, clock)
    await world.populate()
    yield world
    await world.relay.stop()


async def test_four_relays_at_once_send_each_delivery_once(world: World) -> None:
    await world.follow(*(f"place{i}" for i in range(10)))
    for i in range(5):
        await world.thank(words=f"no. {i}")
    await asyncio.gather(*(world.new_relay(seed).drain() for seed in range(4)))
    await world.relay.drain()
    assert len(world.web.posts) == 50
    assert len({(where, card.summary) for where, card in world.web.posts}) == 50


async def test_different_destinations_are_served_at_the_same_time_each_in_order(world: World) -> None:
    await world.follow("general", "random", "news")
    for i in range(4):
        await world.thank(words=f"no. {i}")
        world.clock.advance(seconds=1)
    world.web.fails("general", lambda: asyncio.sleep(0.05))
    world.web.fails("random", lambda: asyncio.sleep(0.05))
    await world.relay.drain()
    assert world.web.most_open_calls > 1
    for place in ("general", "random", "news"):
        assert [summary.partition("no. ")[2][0] for summary in world.web.posted_to(place)] == list("0123")


async def die_as_it_is_out(world: World) -> None:
    """A relay posts to "general", and is no more before it could settle."""
    cut = asyncio.Event()

    async def out_but_never_settled() -> None:
        world.web.posts.append(("general", Card("posted", "posted by the one that died")))
        cut.set()
        await asyncio.sleep(3600)

    world.web.fails("general", out_but_never_settled)
    dying = asyncio.create_task(world.new_relay(7).drain())
    await cut.wait()
    for task in asyncio.all_tasks():
        if task.get_name().startswith("relay ") or task is dying:
            task.cancel()
    await asyncio.gather(dying, return_exceptions=True)


async def test_what_was_undone_after_its_sender_died_becomes_a_neutral_line(world: World) -> None:
    await world.follow("general")
    gift = await world.thank()
    await die_as_it_is_out(world)
    await world.undo(gift)
    world.clock.advance(seconds=91)
    await world.relay.drain()
    assert [card.tone for _, card in world.web.posts] == ["plain", "neutral"]
    (row,) = await world.deliveries()
    assert (row.sent_version, row.error) == (row.wanted_version, None)


async def test_a_sender_that_died_is_followed_by_another_when_its_lease_ends(world: World) -> None:
    await world.follow("general")
    await world.thank()
    await die_as_it_is_out(world)
    await world.relay.drain()
    assert len(world.web.posted_to("general")) == 1
    world.clock.advance(seconds=91)
    await world.relay.drain()
    assert len(world.web.posted_to("general")) == 2  # the sole permitted duplicate
    assert [d.attempts for d in await world.deliveries()] == [0]


async def test_it_runs_wakes_and_stops_after_the_call_under_way(world: World) -> None:
    running = asyncio.create_task(world.relay.run())
    await world.follow("general", "random")
    await asyncio.sleep(0.05)
    answer = asyncio.Event()
    world.web.fails("general", answer.wait)
    await world.thank(words="one")
    await world.thank(words="two")
    world.relay.wake()
    await until(lambda: len(world.web.posted_to("random")) == 2)
    assert world.web.posted_to("general") == []

    stopping = asyncio.create_task(world.relay.stop())
    await asyncio.sleep(0.05)
    answer.set()
    await stopping
    await running
    assert ["one" in s for s in world.web.posted_to("general")] == [True]
    left = [d for d in await world.deliveries() if d.sent_version == 0]
    assert [(d.lease, d.attempts) for d in left] == [(None, 0)]

    await world.new_relay(2).drain()
    assert len(world.web.posted_to("general")) == 2


async def test_a_slow_destination_does_not_hold_up_what_is_published_later(world: World) -> None:
    await world.follow("general")
    running = asyncio.create_task(world.relay.run())
    answer = asyncio.Event()
    world.web.fails("general", answer.wait)
    await world.thank(words="one")
    world.relay.wake()
    await until(lambda: world.web.calls == ["general"])
    await world.follow("random")
    await world.thank(words="two")
    world.relay.wake()
    await until(lambda: len(world.web.posted_to("random")) == 1)
    assert world.web.posted_to("general") == []
    answer.set()
    await world.relay.stop()
    await running


async def test_a_database_that_is_away_does_not_end_it(world: World, database: AsyncEngine) -> None:
    await world.follow("general")
    await world.thank()
    failures = [OSError("away"), OSError("away")]

    @event.listens_for(database.sync_engine, "checkout")
    def _away(*_: object) -> None:
        if failures:
            raise failures.pop()

    running = asyncio.create_task(world.relay.run())
    for left in (1, 0):
        await until(lambda left=left: len(failures) == left)
        world.relay.wake()
    await until(lambda: len(world.web.posts) == 1)
    await world.relay.stop()
    await running
