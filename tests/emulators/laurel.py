"""Laurel as a process of its own, with a fresh database, for whichever client there is."""

import csv
import re
import sys
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.emulators.processes import ROOT, run, running

STARTER = ROOT / "engine" / "starter" / "rewards.json"


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the directory."""

    name: str
    email: str
    language: str


@asynccontextmanager
async def laurel(
    folder: Path, *, port: int, log: Path, staff: Collection[Colleague], settings: Mapping[str, str]
) -> AsyncIterator[None]:
    """Serve on `port` of this machine, with that directory and the starter catalogue; `settings` are the channel's."""
    environment = {
        "DATABASE_URL": f"sqlite:///{folder}/laurel.db",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "LOG_FORMAT": "json",
        "STOP_AFTER": "0",
        **settings,
    }
    await _fill(folder, staff, environment)
    async with running((sys.executable, "app.py", "serve"), port=port, log=log, environment=environment):
        yield


def leaks(log: Path, staff: Collection[Colleague], *secrets: str) -> list[str]:
    """Lines of the log that hold people's words, names, tokens or addresses, or that tell of a bug."""
    forbidden = (*secrets, "Traceback", *_personal(staff))
    lines = log.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if any(f in line for f in forbidden) or re.search(r'"level": "(error|warn)', line)]


def _personal(staff: Collection[Colleague]) -> Iterator[str]:
    for person in staff:
        yield from (person.name, person.email)


async def _fill(folder: Path, staff: Collection[Colleague], environment: Mapping[str, str]) -> None:
    """The directory and the catalogue, as an administrator would load them."""
    people = folder / "people.csv"
    with people.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("email", "display_name", "locale"))
        rows.writerows((person.email, person.name, person.language) for person in staff)
    await run(sys.executable, "app.py", "people", "import", str(people), environment=environment)
    await run(sys.executable, "app.py", "load", str(STARTER), environment=environment)
