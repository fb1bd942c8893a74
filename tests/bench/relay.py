"""What the relay costs beside the turns: a look that finds nothing, and a quiet gift with two cards, in processor time.

On PostgreSQL the round trips are counted too.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from random import Random
from statistics import median

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from engine.db.connection import build_engine, build_read_sessions, build_sessions
from tests.bench import report, seeded, turn
from tests.bench.on_slack import GROUND
from tests.bench.slow import slow_wire
from tests.platforms.scripted import Scripted

BLOCKS, LOOKS, GIFTS = 9, 50, 20
CARDS = 2  # of a gift: to the place, and to who got it


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Bench:
    """A bot and a relay on one database; the channel takes everything at once."""

    engine: AsyncEngine
    channel: Scripted = field(default_factory=lambda: Scripted("slack"))
    giver: int = 0

    def __post_init__(self) -> None:
        writing, reading = build_sessions(self.engine), build_read_sessions(self.engine)
        channels = {"slack": self.channel}
        self.relay = Relay(writing, reading, channels, now, Random(1), MemoryRateLimiter(now), b"bench")
        self.bot = turn.bot_on(self.engine)

    async def give(self) -> None:
        self.giver += 1
        await self.bot.handle(turn.gift(self.giver % 499))

    async def warm_up(self) -> None:
        """Connect, and prepare the statements on each connection."""
        for _ in range(5):
            await self.give()
            await self.relay.drain()


async def measure() -> None:
    rows = []
    for backend in seeded.backends():
        async with seeded.organisation(backend, "relay", GROUND) as url:
            costs = await _measure_costs(url)
            trips = await _count_round_trips(url) if backend == "postgres" else dict.fromkeys(costs, 0)
        for case, found in costs.items():
            times = {"cpu_ms_min": round(min(found), 2), "cpu_ms_median": round(median(found), 2)}
            rows.append({"case": case, "backend": backend, "size": len(found), "round_trips": trips[case], **times})
    report.write("relay", rows)


async def _measure_costs(url: str) -> dict[str, list[float]]:
    """Milliseconds of processor time of each block's mean."""
    bench = Bench(build_engine(url))
    await bench.warm_up()
    costs: dict[str, list[float]] = {"an empty look": [], "a turn": [], "its two cards, and a look": []}
    for _ in range(BLOCKS):
        costs["an empty look"].append(await _cpu_ms(bench.relay.drain, LOOKS))
        turns = cards = 0.0
        for _ in range(GIFTS):
            turns += await _cpu_ms(bench.give, 1) / GIFTS
            cards += await _cpu_ms(bench.relay.drain, 1) / GIFTS
        costs["a turn"].append(turns)
        costs["its two cards, and a look"].append(cards)
    assert len(bench.channel.posts) == CARDS * bench.giver
    await bench.engine.dispose()
    return costs


async def _cpu_ms(act: Callable[[], Awaitable[None]], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        await act()
    return (time.process_time() - began) / times * 1000


async def _count_round_trips(url: str) -> dict[str, int]:
    there = make_url(url)
    async with slow_wire(to=there.port or 5432, seconds=0) as wire:
        behind = there.set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False)
        bench = Bench(build_engine(behind))
        await bench.warm_up()
        seen = [wire.round_trips]
        for act in (bench.relay.drain, bench.give, bench.relay.drain):
            await act()
            seen.append(wire.round_trips)
        await bench.engine.dispose()
    look, gift, cards = (after - before for before, after in pairwise(seen))
    return {"an empty look": look, "a turn": gift, "its two cards, and a look": cards}
