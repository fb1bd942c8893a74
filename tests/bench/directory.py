"""The import of a large directory, beside the same rows brought into a bare table."""

import asyncio
import csv
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from engine.db.connection import build_engine
from engine.migrations import upgrade_schema
from tests.bench import report
from tests.bench.seeded import backends, empty
from tests.bench.server import ROOT

SIZES = (10_000, 100_000)
FIELDS = (
    "email", "employee_id", "first_name", "last_name", "display_name", "job_code", "title", "department", "groups",
    "programs", "manager", "start_date", "birthday", "timezone", "locale", "worker_type", "active", "desk",
)  # fmt: skip


async def measure() -> None:
    """Seconds of `python app.py people import` from start to end, first and again, and its largest memory."""
    rows = []
    with TemporaryDirectory(prefix="laurel-people-") as folder:
        for size in SIZES:
            file = Path(folder) / f"people-{size}.csv"
            _write(file, size)
            for backend in backends():
                rows += await _imports(backend, file, size)
    report.write("directory", rows)


def _write(file: Path, size: int) -> None:
    """People of whom each but the first has a manager, nine to one."""
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(FIELDS)
        for n in range(size):
            manager = f"p{n // 9}@corp.test" if n else ""
            rows.writerow(
                (f"p{n}@corp.test", f"E{n}", f"Person {n}", "Número", f"Person Número {n}", f"J{n % 9}", "Engineer",
                 f"D{n % 40}", "Mentors;Guild", "Onboarding", manager, "2020-02-29", "1990-02-28", "Europe/Madrid",
                 "es", "employee", "yes", f"B{n % 300}")
            )  # fmt: skip


async def _imports(backend: str, file: Path, size: int) -> list[dict[str, object]]:
    async with empty(backend, "bare") as url:
        began = time.perf_counter()
        await (_copy if backend == "postgres" else _execute_many)(url, file)
        floor = time.perf_counter() - began
    async with empty(backend, "people") as url:
        engine = build_engine(url)
        await upgrade_schema(engine)
        await engine.dispose()
        taken = [(case, *await asyncio.to_thread(_import, url, file)) for case in ("first import", "the same again")]
    return [
        {
            "case": case,
            "backend": backend,
            "size": size,
            "seconds": round(seconds, 2),
            "cpu_seconds": round(cpu, 2),
            "floor_seconds": round(floor, 2),
            "ratio": round(floor / seconds, 3),
            "peak_mb": round(peak),
        }
        for case, seconds, cpu, peak in taken
    ]


def _import(url: str, file: Path) -> tuple[float, float, float]:
    """Seconds, seconds of the process on a processor, and its largest memory in MB."""
    environment = os.environ | {"DATABASE_URL": url, "REDIS_URL": ""}
    began = time.perf_counter()
    process = subprocess.Popen(
        (sys.executable, "app.py", "people", "import", str(file)),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the import ended with {process.returncode}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def _records(file: Path) -> Iterator[tuple[str, ...]]:
    with file.open(encoding="utf-8", newline="") as given:
        rows = csv.reader(given)
        next(rows)
        yield from map(tuple, rows)


async def _copy(url: str, file: Path) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute(f"CREATE TABLE bare ({', '.join(f'{name} text' for name in FIELDS)})")
    await connection.copy_records_to_table("bare", records=_records(file), columns=FIELDS)
    await connection.close()


async def _execute_many(url: str, file: Path) -> None:
    with sqlite3.connect(url.partition("///")[2]) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"CREATE TABLE bare ({', '.join(f'{name} text' for name in FIELDS)})")
        connection.executemany(f"INSERT INTO bare VALUES ({', '.join('?' * len(FIELDS))})", _records(file))
    connection.close()
