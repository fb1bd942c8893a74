"""Redis goes and comes back: forms go on in the database, paces are kept, and the log says each once."""

import logging
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.dispatch.conversation_store import TableConversationStore
from channels.redis.fallback import build_redis_stores
from channels.redis.outage import RETRY_INTERVAL_S
from engine.db.connection import SessionFactory, build_read_sessions
from engine.kudos.models import Kudos
from tests import services, silence
from tests.conftest import Clock
from tests.journeys.accounts.everywhere import Everywhere, everywhere
from tests.journeys.wire.seen import Asked

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

ON_FORMS = ("slack", "telegram", "web")


@pytest.fixture
async def wire() -> AsyncIterator[silence.Wire]:
    services.need("redis")
    real = make_url(services.REDIS)
    async with silence.wire(real.host or "", real.port or 6379) as laid:
        yield laid


@pytest.fixture
def behind(wire: silence.Wire) -> str:
    return make_url(services.REDIS).set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False)


@pytest.fixture
async def office(behind: str, database_url: str, database: AsyncEngine, clock: Clock) -> AsyncIterator[Everywhere]:
    async with everywhere(database_url, database, clock, redis_url=behind) as opened:
        yield opened


async def open_forms(office: Everywhere) -> dict[str, Asked]:
    opened = {}
    for channel in ON_FORMS:
        await office.hands[channel].say("ana", "/kudos")
        form = office.hands[channel].form
        assert form
        opened[channel] = form
    return opened


async def submit_forms(office: Everywhere, opened: dict[str, Asked], words: str) -> None:
    for channel, form in opened.items():
        office.hands[channel].form = form
        await office.hands[channel].submit("ana", {"receivers": ["bob"], "words": words})
    await office.world.settled()


async def test_forms_outlive_redis_and_its_return(
    office: Everywhere, wire: silence.Wire, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="channels.redis")
    before = await open_forms(office)
    await submit_forms(office, before, "for the launch")
    wire.cut()
    during = await open_forms(office)
    wire.mend()
    clock.advance(seconds=RETRY_INTERVAL_S)
    await submit_forms(office, during, "for the party")
    async with build_read_sessions(office.world.database).begin() as session:
        assert await session.scalar(select(func.count()).select_from(Kudos)) == 2 * len(ON_FORMS)
    told = [record.getMessage().partition(":")[0] for record in caplog.records if "redis" in record.name]
    assert told == ["Redis does not answer", "Redis answers again"]


@pytest.mark.parametrize("how", [silence.Wire.cut, silence.Wire.silence])
async def test_the_newest_state_counts_wherever_it_was_kept(
    behind: str,
    wire: silence.Wire,
    how: silence.Trouble,
    writing: SessionFactory,
    reading: SessionFactory,
    clock: Clock,
) -> None:
    table = TableConversationStore(writing, reading, clock)
    async with Redis.from_url(behind, socket_timeout=0.2) as redis:
        store, pace = build_redis_stores(redis, table, MemoryRateLimiter(clock), clock)
        kept, closed, changed = [await store.open({"step": 1}) for _ in range(3)]
        how(wire)
        assert [await pace.take(closed, 1.0, 1) for _ in range(2)] == [0, 1]
        assert await store.read(kept) is None
        opened = await store.open({"step": 7})
        clock.advance(seconds=1)
        await store.keep(closed, {"step": 2})
        await store.close(closed)
        await store.keep(changed, {"step": 2})
        wire.mend()
        clock.advance(seconds=RETRY_INTERVAL_S)
        found = [await store.read(token) for token in (kept, closed, changed, opened)]
        assert found == [{"step": 1}, None, {"step": 2}, {"step": 7}]
        await store.keep(changed, {"step": 3})
        assert await store.read(changed) == {"step": 3}
        assert await table.read(changed) is not None
        await store.close(opened)
        assert await store.read(opened) is None
