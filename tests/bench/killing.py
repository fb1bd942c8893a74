"""Kill the one that gives and relays at any point, again and again; then see that nothing was lost or doubled."""

import asyncio
import json
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from engine.admin.settings import ORGANISATION_ROW, SettingsRow
from engine.db.connection import DatabaseSession, build_engine, build_read_sessions, build_sessions
from engine.migrations import tables as migrations_tables
from engine.outbox.places import Place, get_or_create_place
from tests import people, rewards
from tests.bench import survived
from tests.bench.killed import NAMES, Life
from tests.conftest import NOW

ROOT = Path(__file__).parents[2]
LONGEST_LIFE = 0.8  # seconds


@dataclass(frozen=True)
class Report:
    """What came of it. `unsettled` are posts whose sender was killed before it could settle: they may be doubled."""

    rounds: int
    turns: int
    gifts: int
    undone: int
    posts: int
    edits: int
    unsettled: int
    seconds: float


async def run(url: str, folder: Path, *, rounds: int, seed: int) -> Report:
    """Kill `rounds` lives on the empty database at `url`, live once more, and check all that the design promises.

    `folder` is empty; what the platform and the users saw is kept there. Raises AssertionError where a promise broke.
    """
    began = time.perf_counter()
    engine = build_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(migrations_tables.METADATA.create_all)
    async with build_sessions(engine).begin() as session:
        await _populate(session)
    await _lives(url, folder, rounds, seed)
    async with build_read_sessions(engine).begin() as session:
        seen = await survived.check(session, folder, last_round=rounds)
    await engine.dispose()
    return Report(rounds=rounds, seconds=time.perf_counter() - began, **seen)


async def _populate(session: DatabaseSession) -> None:
    values = {"kudos_points": survived.EACH, "giver_points": 0, "undo_minutes": 60}
    session.add(SettingsRow(name=ORGANISATION_ROW, values=values))
    for name in NAMES:
        await people.add(session, name.title())
    await rewards.add(session, "Star", points=survived.STAR, multiple=True)
    for name in survived.PLACES:
        place_id = await get_or_create_place(session, channel="web", tenant="", external_id=name, name=name, now=NOW)
        (await session.get_one(Place, place_id)).announces = True


async def _lives(url: str, folder: Path, rounds: int, seed: int) -> None:
    random = Random(seed)
    nursery = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.killed", cwd=ROOT, stdin=PIPE, stdout=PIPE
    )
    for number in range(rounds):
        pid = await _born(nursery, Life(url, str(folder), number, seed))
        await asyncio.sleep(random.uniform(0, LONGEST_LIFE))
        os.kill(pid, signal.SIGKILL)
        assert await _said(nursery) == f"ended {-signal.SIGKILL}"
    await _born(nursery, Life(url, str(folder), rounds, seed, last=True))
    assert await _said(nursery) == "ended 0"
    nursery.stdin.close()  # type: ignore[union-attr]
    assert await nursery.wait() == 0


async def _born(nursery: Process, life: Life) -> int:
    assert nursery.stdin
    nursery.stdin.write(json.dumps(asdict(life)).encode() + b"\n")
    await nursery.stdin.drain()
    ready, pid = (await _said(nursery)).split()
    assert ready == "ready"
    return int(pid)


async def _said(nursery: Process) -> str:
    assert nursery.stdout
    async with asyncio.timeout(120):
        return (await nursery.stdout.readline()).decode().strip()
