"""`/kudos` through the signed Slack route, in turn with the floors, round after round."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from statistics import median

from tests.bench import load, report, server
from tests.bench.load import Measured
from tests.bench.seeded import BACKENDS, PEOPLE, organisation
from tests.bench.server import Server
from tests.platforms.slack import FakeSlack

PORT = 18950
REQUESTS = {1: 300, 10: 600, 50: 900}  # by concurrency
ROUNDS = 3
FLOORS = ("statements", "insert")


async def measure() -> None:
    """Laurel's turns a second and its acknowledgement times, beside each floor, on both databases."""
    rows = []
    for backend in BACKENDS:
        async with _servers(backend) as servers:
            for concurrency, requests in REQUESTS.items():
                taken = await _rounds(servers, concurrency, requests)
                rows += [_row(backend, concurrency, requests, taken, floor) for floor in FLOORS]
    report.write("slack_turns", rows)


@asynccontextmanager
async def _servers(backend: str) -> AsyncIterator[Mapping[str, Server]]:
    """Laurel and each floor on a database of its own; who is not measured sleeps."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(FakeSlack(member_of={load.PLACE}))
        for number in range(PEOPLE):
            slack.enrol(load.account(number), f"p{number}@corp.test")
        database = await stack.enter_async_context(organisation(backend, "laurel"))
        own = server.laurel(PORT, database=database, slack_api=slack.api_url)
        servers = {"laurel": await stack.enter_async_context(own)}
        for port, mode in enumerate(FLOORS, PORT + 1):
            database = await stack.enter_async_context(organisation(backend, mode))
            servers[mode] = await stack.enter_async_context(server.floor(port, mode=mode, database=database))
        for one in servers.values():
            one.sleep()
        yield servers


async def _rounds(servers: Mapping[str, Server], concurrency: int, requests: int) -> Mapping[str, list[Measured]]:
    """A round to warm up, then ROUNDS that count; in each, everybody once."""
    taken: dict[str, list[Measured]] = {name: [] for name in servers}
    for number in range(ROUNDS + 1):
        for name, one in servers.items():
            one.awake()
            measured = await load.run(one.url, concurrency=concurrency, requests=requests, people=PEOPLE)
            one.sleep()
            if number:
                taken[name].append(measured)
    return taken


def _row(
    backend: str, concurrency: int, requests: int, taken: Mapping[str, list[Measured]], floor: str
) -> dict[str, object]:
    seconds = median(one.seconds for one in taken["laurel"])
    floor_seconds = median(one.seconds for one in taken[floor])
    times = {
        f"p{share}_ms": round(median(one.percentile(share / 100) for one in taken["laurel"]), 2)
        for share in (50, 95, 99)
    }
    return {
        "case": "signed /kudos",
        "backend": backend,
        "concurrency": concurrency,
        "size": requests,
        "floor": floor,
        "seconds": round(seconds, 3),
        "floor_seconds": round(floor_seconds, 3),
        "ratio": round(floor_seconds / seconds, 3),
        "per_second": round(requests / seconds, 1),
    } | times
