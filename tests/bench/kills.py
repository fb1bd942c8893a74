"""A process that gives and relays is killed again and again; then everything is counted."""

from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import killing, report
from tests.bench.seeded import backends, empty

ROUNDS = 100  # on each database
SEED = 20261121


async def measure() -> None:
    """Raises AssertionError where anything was lost, or doubled beyond the one case that the design names."""
    rows = []
    for backend in backends():
        async with empty(backend, "kills") as url:
            with TemporaryDirectory(prefix="laurel-kills-") as folder:
                found = await killing.run(url, Path(folder), rounds=ROUNDS, seed=SEED)
        row = {"case": "killed while giving and relaying", "backend": backend, "size": found.rounds}
        rows.append(row | asdict(replace(found, seconds=round(found.seconds, 1))))
    report.write("kills", rows)
