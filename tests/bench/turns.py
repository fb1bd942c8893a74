"""A gift through the platform's route, in turn with the floors, round after round."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import chain
from statistics import median

from tests.bench import load, report, seeded, server
from tests.bench.grounds import PEOPLE, Ground, Platform
from tests.bench.load import Measured
from tests.bench.server import Server

REQUESTS = {1: 300, 10: 800, 50: 800}  # a round, by concurrency
ROUNDS = 3
COUNTED = ("laurel", "statements")  # whose gifts must all be there in the end


@dataclass(frozen=True, slots=True)
class Course:
    """What is measured: `floors` are told by their mode. Ports from `port` on are taken."""

    name: str
    case: str
    port: int
    ground: Ground
    floors: Mapping[str, str]

    async def measure(self, requests: Mapping[int, int] = REQUESTS, rounds: int = ROUNDS) -> None:
        """Laurel's turns a second and its acknowledgement times, beside each floor, on each database."""
        rows = []
        for backend in seeded.backends():
            async with self.ground.platform() as platform, self._servers(backend, platform) as servers:
                warm = 2 * PEOPLE  # everybody is met, every statement prepared
                await _round(servers, platform, 50, warm)
                for concurrency, number in requests.items():
                    taken = [await _round(servers, platform, concurrency, number) for _ in range(rounds)]
                    rows += [self._row(backend, concurrency, taken, floor) for floor in self.floors]
                await _check(servers, warm + rounds * sum(requests.values()))
        report.write(self.name, rows)

    @asynccontextmanager
    async def _servers(self, backend: str, platform: Platform) -> AsyncIterator[Mapping[str, Server]]:
        """Laurel and each floor on a database of its own; who is not measured sleeps."""
        async with AsyncExitStack() as stack:
            at = {"ground": self.ground, "platform": platform}
            database = await stack.enter_async_context(seeded.organisation(backend, "laurel", self.ground))
            servers = {"laurel": await stack.enter_async_context(server.laurel(self.port, database=database, **at))}
            for port, mode in enumerate(self.floors, self.port + 1):
                database = await stack.enter_async_context(seeded.organisation(backend, mode, self.ground))
                servers[mode] = await stack.enter_async_context(server.floor(port, mode, database=database, **at))
            for one in servers.values():
                one.sleep()
            yield servers

    def _row(
        self, backend: str, concurrency: int, rounds: list[Mapping[str, Measured]], floor: str
    ) -> dict[str, object]:
        """Medians of the rounds; the percentiles are those of all requests."""
        seconds, floor_seconds = (median(one[name].seconds for one in rounds) for name in ("laurel", floor))
        size = len(rounds[0]["laurel"].took)
        taken = Measured(list(chain.from_iterable(one["laurel"].took for one in rounds)), seconds)
        return {
            "case": self.case,
            "backend": backend,
            "concurrency": concurrency,
            "size": size,
            "floor": self.floors[floor],
            "seconds": round(seconds, 3),
            "floor_seconds": round(floor_seconds, 3),
            "ratio": round(floor_seconds / seconds, 3),
            "per_second": round(size / seconds, 1),
            "floor_per_second": round(size / floor_seconds, 1),
        } | taken.percentiles()


async def _round(
    servers: Mapping[str, Server], platform: Platform, concurrency: int, requests: int
) -> Mapping[str, Measured]:
    """Everybody once."""
    measured = {}
    for name, one in servers.items():
        one.awake()
        measured[name] = await load.run(one.url, platform.write, concurrency=concurrency, requests=requests)
        one.sleep()
    return measured


async def _check(servers: Mapping[str, Server], expected: int) -> None:
    """Where the answer goes out by another way, a 200 proves nothing, the gifts do. RuntimeError where one misses."""
    for name in COUNTED:
        servers[name].awake()
        made = await seeded.gifts(servers[name].database)
        if made != expected:
            raise RuntimeError(f"{name} made {made} gifts of {expected}")
