"""The hot queries at a million people, five million awards and ten million kudos, on PostgreSQL.

`python -m tests.bench million` makes the rows once (about 15 GB) and keeps them; `python -m tests.bench.million 50000`
measures a smaller organisation, and `python -m tests.bench.million 50000 drop` gives its disk back.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from statistics import median, quantiles
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.db.connection import DatabaseSession, build_engine, build_read_sessions, build_sessions
from tests import services
from tests.bench import million_rows, report
from tests.bench.million_cases import Case, cases

SIZE = 1_000_000

RUNS, WARM_UP = 40, 8  # PostgreSQL may choose another plan after five runs of a statement


async def measure(size: int = SIZE) -> None:
    """Print each plan, and write p50 and p95 of each query beside its floor."""
    if why := services.postgres_missing():
        print(f"nothing is measured: {why}")
        return
    engine = build_engine(await million_rows.make(size))
    rows = [await _measure(engine, case, size) for case in cases(size)]
    await engine.dispose()
    report.write("million", rows)


async def _measure(engine: AsyncEngine, case: Case, size: int) -> dict[str, object]:
    sessions = build_sessions(engine) if case.writes else build_read_sessions(engine)
    taken: list[float] = []
    floor: list[float] = []
    async with sessions() as session:
        driver = await _driver(session)
        for run in range(WARM_UP + RUNS):
            began = time.perf_counter()
            await case.ask(session, run)
            taken.append(time.perf_counter() - began)
            began = time.perf_counter()
            await driver.fetch(case.floor.sql, *case.floor.values(run))
            floor.append(time.perf_counter() - began)
            await session.rollback()
            driver = await _driver(session)
        plans = await _plans(engine, session, case)
        await session.rollback()
    seconds, floor_seconds = _p95(taken), _p95(floor)
    return {
        "case": case.name,
        "backend": "postgres",
        "size": size,
        "seconds": round(seconds, 5),
        "floor_seconds": round(floor_seconds, 5),
        "ratio": round(floor_seconds / seconds, 3),
        "p50_ms": round(median(taken[WARM_UP:]) * 1000, 2),
        "p95_ms": round(seconds * 1000, 2),
        "floor_p50_ms": round(median(floor[WARM_UP:]) * 1000, 2),
        "server_ms": round(sum(plan["Time"] for plan in plans), 2),
        "pages": sum(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in plans),
        "plan": ", ".join(dict.fromkeys(scan for plan in plans for scan in _scans(plan))),
    }


def _p95(taken: list[float]) -> float:
    return quantiles(taken[WARM_UP:], n=20)[-1]


async def _driver(session: DatabaseSession) -> Any:
    return (await (await session.connection()).get_raw_connection()).driver_connection


async def _plans(engine: AsyncEngine, session: DatabaseSession, case: Case) -> list[dict[str, Any]]:
    """How PostgreSQL goes about each statement of the case; they are printed too."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        seen.append((statement, values))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    await case.ask(session, 1)
    event.remove(engine.sync_engine, "before_cursor_execute", note)
    driver = await _driver(session)
    print(f"\n== {case.name}")
    plans = []
    for statement, values in seen:
        explained = await driver.fetch(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) {statement}", *values)
        print("\n".join(line[0] for line in explained))
        found = await driver.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {statement}", *values)
        plans.append(found[0]["Plan"] | {"Time": found[0]["Planning Time"] + found[0]["Execution Time"]})
    return plans


def _scans(plan: dict[str, Any]) -> Iterator[str]:
    """The indexes and the tables that are read, as far as they are read at all."""
    if "Scan" in plan["Node Type"] and plan["Actual Loops"] and ("Index Name" in plan or "Seq" in plan["Node Type"]):
        yield plan.get("Index Name") or f"all of {plan['Relation Name']}"
    for part in plan.get("Plans", ()):
        yield from _scans(part)


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else SIZE
    asyncio.run(million_rows.drop(wanted) if "drop" in sys.argv else measure(wanted))
