"""What the relay reads: what goes out at the same moment is drawn in one reading, each in its own language."""

from collections.abc import AsyncIterator
from random import Random

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.delivery.announcements import DRAW_BY_KIND, CardFacts
from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from bot.i18n.copy import Copy
from bot.protocol.elements import Card
from engine.db.connection import SessionFactory
from engine.delivery.claims import ClaimedDelivery
from engine.outbox.publishing import publish_announcement
from tests.bot.delivery.relay_world import World
from tests.conftest import NOW, Clock

PLACES = 12


@pytest.fixture
async def world(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[World]:
    world = World(writing, reading, clock)
    await world.populate()
    yield world
    await world.relay.stop()


async def test_one_gift_in_many_places_is_read_once(world: World, database: AsyncEngine) -> None:
    await world.follow(*(f"place{number}" for number in range(PLACES)))
    await world.thank("bob carla")
    asked: list[str] = []
    event.listen(database.sync_engine, "before_cursor_execute", lambda *call: asked.append(str(call[2])))
    await world.relay.drain()
    assert len(world.web.posts) == PLACES
    reads = [one for one in asked if one.startswith("SELECT") and "deliveries" not in one]
    assert len(reads) == 4, "the settings, the gift, its tags, the accounts"


async def test_each_has_its_own_language_and_accounts(world: World) -> None:
    await world.follow("plaza", locale="es")
    await world.follow("square", locale="en")
    await world.follow("C01", channel="slack")
    await world.thank("bob carla")
    await world.relay.drain()
    (plaza,), (square,) = world.web.posted_to("plaza"), world.web.posted_to("square")
    assert plaza != square
    accounts = {where: str(card) for where, card in [*world.web.posts, *world.slack.posts]}
    assert "UBOB" in accounts["C01"]
    assert "account='bob'" in accounts["plaza"]


async def broken(known: CardFacts, _delivery: ClaimedDelivery, _copy: Copy, _key: bytes) -> Card | None:
    await known.session.execute(text("SELECT * FROM nowhere"))
    return None


async def test_a_reading_that_fails_fails_for_its_own_card_only(world: World) -> None:
    ids = await world.follow("first", "second")
    world.relay = Relay(
        world.writing,
        world.reading,
        {"web": world.web},
        world.clock,
        Random(1),
        MemoryRateLimiter(world.clock),
        b"key",
        {**DRAW_BY_KIND, "broken": broken},
    )
    async with world.writing.begin() as session:
        for number, place_id in enumerate(ids):
            await publish_announcement(session, "broken", number, NOW, place_id=place_id, everywhere=False)
    await world.follow("third")
    await world.thank()
    await world.drain_for(hours=2)
    assert sorted(where for where, _ in world.web.posts) == ["first", "second", "third"]
    assert await world.relay.trouble() == "2 parked"
