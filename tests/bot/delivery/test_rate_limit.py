"""How fast we may send: the same promises in one process and over Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from bot.delivery.rate_limit import MAX_BUCKETS, MemoryRateLimiter, RateLimiter
from channels.redis.rate_limit import RedisRateLimiter
from tests import services
from tests.conftest import Clock

NAME = "laurel:pace:{}"  # of a bucket in Redis


@dataclass
class Case:
    pace: RateLimiter
    key: str
    let_pass: Callable[[float], Awaitable[None]]  # seconds


@pytest.fixture(params=["memory", "redis"])
async def case(request: pytest.FixtureRequest, clock: Clock) -> AsyncIterator[Case]:
    if request.param == "redis":
        services.need("redis")
        async with Redis.from_url(services.REDIS) as redis:
            key = f"test:{uuid4()}"

            async def let_pass(seconds: float) -> None:
                """What was full then is so much earlier: nobody sets the server's clock."""
                full_at = float(await redis.get(NAME.format(key)))
                await redis.set(NAME.format(key), round(full_at - seconds * 1_000_000))

            yield Case(RedisRateLimiter(redis), key, let_pass)
        return

    async def advance(seconds: float) -> None:
        clock.advance(seconds=seconds)

    yield Case(MemoryRateLimiter(clock), "place:1", advance)


async def test_a_burst_goes_at_once_then_the_rate_counts(case: Case) -> None:
    assert [await case.pace.take(case.key, 0.002, 3) for _ in range(3)] == [0, 0, 0]
    assert 0 < await case.pace.take(case.key, 0.002, 3) <= 500
    await case.let_pass(500)
    assert await case.pace.take(case.key, 0.002, 3) == 0
    assert await case.pace.take(case.key, 0.002, 3) > 0


async def test_asking_in_vain_takes_nothing(case: Case) -> None:
    assert await case.pace.take(case.key, 0.002, 1) == 0
    for _ in range(10):
        assert 0 < await case.pace.take(case.key, 0.002, 1) <= 500
    await case.let_pass(500)
    assert await case.pace.take(case.key, 0.002, 1) == 0


async def test_the_wait_it_names_is_enough(case: Case) -> None:
    for _ in range(5):
        wait = await case.pace.take(case.key, 0.01, 2)
        if wait:
            await case.let_pass(wait)
            assert await case.pace.take(case.key, 0.01, 2) == 0


async def test_a_bucket_fills_up_to_its_burst_and_no_further(case: Case) -> None:
    for _ in range(3):
        await case.pace.take(case.key, 0.01, 3)
    await case.let_pass(1000)
    assert [await case.pace.take(case.key, 0.01, 3) == 0 for _ in range(4)] == [True, True, True, False]


async def test_each_key_has_a_bucket_of_its_own(case: Case) -> None:
    assert await case.pace.take(case.key, 0.001, 1) == 0
    assert await case.pace.take(case.key, 0.001, 1) > 0
    assert await case.pace.take(f"{case.key}0", 0.001, 1) == 0


async def test_many_at_once_get_no_more_than_the_burst(case: Case) -> None:
    waits = await asyncio.gather(*(case.pace.take(case.key, 0.0005, 7) for _ in range(30)))
    assert sum(wait == 0 for wait in waits) == 7


@pytest.mark.parametrize("key", ["", "a b\n{x}", "ключ 👏", "k" * 10_000])
async def test_any_words_are_a_key(case: Case, key: str) -> None:
    assert await case.pace.take(f"{case.key}{key}", 0.001, 1) == 0
    assert await case.pace.take(f"{case.key}{key}", 0.001, 1) > 0


async def test_memory_forgets_full_buckets(clock: Clock) -> None:
    pace = MemoryRateLimiter(clock)
    for n in range(MAX_BUCKETS):
        await pace.take(f"place:{n}", 1.0, 1)
    clock.advance(seconds=2)
    await pace.take("another", 1.0, 1)
    assert len(pace._full_at) == 1
