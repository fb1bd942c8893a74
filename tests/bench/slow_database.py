"""How long an acknowledgement takes where each round trip to the database takes 20 ms."""

from sqlalchemy.engine import URL, make_url

from engine.db.connection import build_engine
from tests.bench import load, report, server, turn
from tests.bench.grounds import PEOPLE
from tests.bench.on_slack import GROUND
from tests.bench.seeded import organisation
from tests.bench.slow import slow_wire
from tests.services import postgres_missing

PORT = 18954
ROUND_TRIP = 0.020  # seconds
REQUESTS = {1: 100, 10: 500}


async def measure() -> None:
    """Acknowledgement times behind a slow wire, beside the time that the round trips alone take."""
    if why := postgres_missing():
        print(f"slow_database: no PostgreSQL ({why})")
        return
    rows = []
    async with organisation("postgres", "slow", GROUND) as database, GROUND.platform() as slack:
        url = make_url(database)
        trips = await _round_trips(url)
        async with (
            slow_wire(to=url.port or 5432, seconds=ROUND_TRIP) as wire,
            server.laurel(PORT, database=_behind(url, wire.port), ground=GROUND, platform=slack) as laurel,
        ):
            await load.run(laurel.url, slack.write, concurrency=20, requests=PEOPLE)  # connections, caches, profiles
            for concurrency, requests in REQUESTS.items():
                measured = await load.run(laurel.url, slack.write, concurrency=concurrency, requests=requests)
                rows.append(_row(concurrency, measured, trips))
    report.write("slow_database", rows)


async def _round_trips(url: URL) -> int:
    """Of one turn, on the wire; the connection is made and the statements are prepared."""
    async with slow_wire(to=url.port or 5432, seconds=0) as wire:
        engine = build_engine(_behind(url, wire.port))
        bot = turn.bot_on(engine)
        await bot.handle(turn.gift(1))
        before = wire.round_trips
        await bot.handle(turn.gift(2))
        made = wire.round_trips - before
        await engine.dispose()
    return made


def _behind(url: URL, port: int) -> str:
    return url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)


def _row(concurrency: int, measured: load.Measured, round_trips: int) -> dict[str, object]:
    floor = round_trips * ROUND_TRIP
    seconds = measured.percentile(0.5) / 1000
    return {
        "case": "acknowledged at 20 ms a round trip",
        "backend": "postgres",
        "concurrency": concurrency,
        "size": len(measured.took),
        "round_trips": round_trips,
        "seconds": round(seconds, 3),  # of the median turn
        "floor_seconds": round(floor, 3),  # of its round trips
        "ratio": round(floor / seconds, 3),
        "per_second": round(measured.per_second, 1),
    } | measured.percentiles()
