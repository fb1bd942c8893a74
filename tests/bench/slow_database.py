"""How long an acknowledgement takes where each round trip to the database takes 20 ms."""

from sqlalchemy.engine import make_url

from tests.bench import load, report, server
from tests.bench.seeded import PEOPLE, organisation
from tests.bench.slow import slow_wire
from tests.platforms.slack import FakeSlack

PORT, WIRE = 18954, 18955
ROUND_TRIP = 0.020  # seconds
REQUESTS = {1: 40, 10: 200}


async def measure() -> None:
    """Acknowledgement times behind a slow wire, beside the time that the round trips alone take."""
    rows = []
    async with organisation("postgres", "slow") as database, FakeSlack(member_of={load.PLACE}) as slack:
        for number in range(PEOPLE):
            slack.enrol(load.account(number), f"p{number}@corp.test")
        url = make_url(database)
        behind = url.set(host="127.0.0.1", port=WIRE).render_as_string(hide_password=False)
        async with (
            slow_wire(WIRE, to=url.port or 5432, seconds=ROUND_TRIP),
            server.laurel(PORT, database=behind, slack_api=slack.api_url) as laurel,
        ):
            await load.run(laurel.url, concurrency=10, requests=50, people=PEOPLE)  # connections, caches, profiles
            for concurrency, requests in REQUESTS.items():
                measured = await load.run(laurel.url, concurrency=concurrency, requests=requests, people=PEOPLE)
                rows.append(_row(concurrency, measured))
    report.write("slow_database", rows)


def _row(concurrency: int, measured: load.Measured) -> dict[str, object]:
    times = {f"p{share}_ms": round(measured.percentile(share / 100), 1) for share in (50, 95, 99)}
    return {
        "case": "acknowledged at 20 ms a round trip",
        "backend": "postgres",
        "concurrency": concurrency,
        "size": len(measured.took),
        "seconds": round(measured.seconds, 3),
        "floor_seconds": ROUND_TRIP,
        "ratio": round(measured.percentile(0.5) / 1000 / ROUND_TRIP, 1),  # the median turn, in round trips
    } | times
