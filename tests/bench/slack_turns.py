"""`/kudos` through the signed Slack route, in turn with the floors, round after round."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain
from statistics import median

from tests.bench import load, report, server
from tests.bench.load import Measured
from tests.bench.seeded import PEOPLE, backends, organisation, workspace
from tests.bench.server import Server

PORT = 18950
REQUESTS = {1: 300, 10: 800, 50: 800}  # a round, by concurrency
ROUNDS = 3
FLOORS = {"statements": "bolt + the turn's statements by hand", "insert": "bolt + one insert and commit"}


async def measure() -> None:
    """Laurel's turns a second and its acknowledgement times, beside each floor, on each database."""
    rows = []
    for backend in backends():
        async with _servers(backend) as servers:
            await _round(servers, 50, 2 * PEOPLE)  # to warm up: everybody is met, every statement prepared
            for concurrency, requests in REQUESTS.items():
                rounds = [await _round(servers, concurrency, requests) for _ in range(ROUNDS)]
                rows += [_row(backend, concurrency, rounds, floor) for floor in FLOORS]
    report.write("slack_turns", rows)


@asynccontextmanager
async def _servers(backend: str) -> AsyncIterator[Mapping[str, Server]]:
    """Laurel and each floor on a database of its own; who is not measured sleeps."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(workspace())
        database = await stack.enter_async_context(organisation(backend, "laurel"))
        own = server.laurel(PORT, database=database, slack_api=slack.api_url)
        servers = {"laurel": await stack.enter_async_context(own)}
        for port, mode in enumerate(FLOORS, PORT + 1):
            database = await stack.enter_async_context(organisation(backend, mode))
            servers[mode] = await stack.enter_async_context(server.floor(port, mode=mode, database=database))
        for one in servers.values():
            one.sleep()
        yield servers


async def _round(servers: Mapping[str, Server], concurrency: int, requests: int) -> Mapping[str, Measured]:
    """Everybody once."""
    measured = {}
    for name, one in servers.items():
        one.awake()
        measured[name] = await load.run(one.url, concurrency=concurrency, requests=requests, people=PEOPLE)
        one.sleep()
    return measured


def _row(backend: str, concurrency: int, rounds: list[Mapping[str, Measured]], floor: str) -> dict[str, object]:
    """Medians of the rounds; the percentiles are those of all requests."""
    seconds, floor_seconds = (median(one[name].seconds for one in rounds) for name in ("laurel", floor))
    size = len(rounds[0]["laurel"].took)
    taken = Measured(list(chain.from_iterable(one["laurel"].took for one in rounds)), seconds)
    return {
        "case": "signed /kudos",
        "backend": backend,
        "concurrency": concurrency,
        "size": size,
        "floor": FLOORS[floor],
        "seconds": round(seconds, 3),
        "floor_seconds": round(floor_seconds, 3),
        "ratio": round(floor_seconds / seconds, 3),
        "per_second": round(size / seconds, 1),
        "floor_per_second": round(size / floor_seconds, 1),
    } | taken.percentiles()
