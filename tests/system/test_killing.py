"""Whoever gives and relays may be killed at any point: nothing is lost, nothing doubled but the one permitted case."""

from pathlib import Path

import pytest

from tests import databases
from tests.bench import killing

pytestmark = pytest.mark.process

ROUNDS = 6  # the bench does hundreds


async def test_sqlite_survives_being_killed(tmp_path: Path) -> None:
    _check(await killing.run(f"sqlite+aiosqlite:///{tmp_path / 'laurel.db'}", tmp_path, rounds=ROUNDS, seed=1))


async def test_postgres_survives_being_killed(tmp_path: Path) -> None:
    async with databases.fresh_postgres("killing") as url:
        _check(await killing.run(url, tmp_path, rounds=ROUNDS, seed=1))


def _check(report: killing.Report) -> None:
    """Something happened at all; the promises themselves are checked by the rig."""
    assert report.gifts > 0
    assert report.posts > 0
