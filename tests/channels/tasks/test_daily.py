"""What the channels' daily passes promise where there are several replicas. On both databases."""

import asyncio
from collections.abc import Callable

import pytest

from channels.tasks.daily import DAILY_RETRY_DELAY_S, DAY_S, DailyRunner
from engine.db.connection import SessionFactory
from engine.scheduling import leases
from tests.conftest import Clock
from tests.waiting import until


class Pass:
    """Counts how often it is made; `gate` holds it up."""

    def __init__(self, *troubles: Exception) -> None:
        self.made, self.troubles = 0, list(troubles)
        self.gate = asyncio.Event()

    async def __call__(self) -> float:
        self.made += 1
        await self.gate.wait()
        if self.troubles:
            raise self.troubles.pop()
        return DAY_S


class Asleep:
    """Wakes as often as it is told to."""

    def __init__(self) -> None:
        self.waited: list[float] = []
        self.nights = asyncio.Semaphore(0)

    async def __call__(self, seconds: float) -> None:
        self.waited.append(seconds)
        await self.nights.acquire()


@pytest.fixture
def replica(writing: SessionFactory, clock: Clock) -> Callable[[], DailyRunner]:
    return lambda: DailyRunner(writing, clock)


async def test_of_several_replicas_one_makes_the_pass_of_a_day(
    replica: Callable[[], DailyRunner], clock: Clock
) -> None:
    one = Pass()
    one.gate.set()
    for _day in range(3):
        await asyncio.gather(*(replica().make("members", one) for _ in range(4)))
        clock.advance(hours=12)
        await replica().make("members", one)
        clock.advance(hours=12)
    assert one.made == 3


async def test_what_is_under_way_is_nobody_elses_and_a_dead_ones_is_taken_over(
    replica: Callable[[], DailyRunner], clock: Clock
) -> None:
    dead, other = Pass(), Pass()
    other.gate.set()
    dying = asyncio.create_task(replica().make("members", dead))
    await until(lambda: dead.made)
    await replica().make("members", other)
    assert other.made == 0
    dying.cancel()
    clock.now += leases.JOB_LEASE_DURATION
    await replica().make("members", other)
    await replica().make("members", other)
    assert (dead.made, other.made) == (1, 1)


async def test_a_pass_that_breaks_is_soon_due_again(replica: Callable[[], DailyRunner], clock: Clock) -> None:
    one = Pass(ConnectionResetError("cut"))
    one.gate.set()
    with pytest.raises(ConnectionResetError):
        await replica().make("members", one)
    await replica().make("members", one)
    clock.now += leases.JOB_LEASE_DURATION
    await replica().make("members", one)
    assert one.made == 2


async def test_it_looks_every_minute_also_after_trouble(writing: SessionFactory, clock: Clock) -> None:
    sleep, looked = Asleep(), [0]

    async def look() -> None:
        looked[0] += 1
        if looked[0] == 1:
            raise ConnectionResetError("cut")

    task = asyncio.ensure_future(DailyRunner(writing, clock, sleep).run(look))
    for _ in range(2):
        sleep.nights.release()
    await until(lambda: looked[0] == 2)
    task.cancel()
    assert set(sleep.waited) == {DAILY_RETRY_DELAY_S}
