"""The import of a large directory, beside a plain insert of the same rows."""

import csv
import resource
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert

from engine import db, migrations
from engine.directory import import_people
from engine.finding import fold
from engine.people import Person
from tests.bench import report
from tests.bench.seeded import BACKENDS, empty

SIZE = 100_000
BATCH = 2_000
FIELDS = (
    "email",
    "employee_id",
    "display_name",
    "department",
    "job_code",
    "manager",
    "start_date",
    "birthday",
    "timezone",
)


async def measure() -> None:
    """Seconds for SIZE people with managers, first and again, and the memory that the process grew by."""
    rows = []
    with TemporaryDirectory(prefix="laurel-people-") as folder:
        file = Path(folder) / "people.csv"
        _write(file)
        for backend in BACKENDS:
            floor = await _plain_insert(backend)
            rows += await _imports(backend, file, floor)
    report.write("directory", rows)


def _write(file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(FIELDS)
        for n in range(SIZE):
            manager = f"p{n // 10}@corp.test" if n else ""
            rows.writerow(
                (f"p{n}@corp.test", f"E{n}", f"Person Número {n}", f"D{n % 40}", f"J{n % 9}", manager,
                 "2020-02-29", "02-29", "Europe/Madrid")
            )  # fmt: skip


async def _plain_insert(backend: str) -> float:
    now = datetime.now(UTC)
    async with empty(backend, "plain") as url:
        engine = db.connect(url)
        await migrations.upgrade(engine)
        began = time.perf_counter()
        async with engine.begin() as connection:
            for start in range(0, SIZE, BATCH):
                people = [
                    {"email": f"p{n}@corp.test", "employee_id": f"E{n}", "display_name": f"Person Número {n}",
                     "folded_name": fold(f"Person Número {n}"), "created_at": now, "updated_at": now}
                    for n in range(start, start + BATCH)
                ]  # fmt: skip
                await connection.execute(insert(Person), people)
        seconds = time.perf_counter() - began
        await engine.dispose()
        return seconds


async def _imports(backend: str, file: Path, floor: float) -> list[dict[str, object]]:
    rows = []
    async with empty(backend, "people") as url:
        engine = db.connect(url)
        await migrations.upgrade(engine)
        for case in ("first import", "the same file again"):
            before, began = _peak(), time.perf_counter()
            async with db.sessions(engine).begin() as session:
                await import_people(
                    session, file, deactivate_missing=False, actor=None, origin="bench", now=datetime.now(UTC)
                )
            seconds = time.perf_counter() - began
            rows.append(
                {
                    "case": case,
                    "backend": backend,
                    "size": SIZE,
                    "seconds": round(seconds, 2),
                    "floor_seconds": round(floor, 2),
                    "ratio": round(floor / seconds, 3),
                    "grown_mb": round(_peak() - before, 1),
                }
            )
        await engine.dispose()
    return rows


def _peak() -> float:
    """The largest memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
