"""Everything that people do works with one connection, and behind a pooler in transaction mode with two."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.conftest import Clock
from tests.journeys.accounts.everywhere import POSTS, Everywhere, everywhere
from tests.journeys.wire.thanking import TYPED, WORDS
from tests.pooler import pgbouncer

pytestmark = pytest.mark.parametrize("backend", ["postgres"], indirect=True)


async def thank_everywhere(office: Everywhere) -> None:
    await office.subscribe()
    await asyncio.gather(*(office.hands[channel].say("ana", TYPED) for channel in POSTS))
    await office.world.settled()
    assert {one: sum(WORDS in said for said in office.there(one)) for one in POSTS} == dict.fromkeys(POSTS, len(POSTS))
    await office.hands["web"].say("bob", "/laurel points")
    assert office.hands["web"].answer


async def test_with_one_connection(
    database_url: str, database: AsyncEngine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_POOL_SIZE", "1")
    async with everywhere(database_url, database, clock) as office:
        await thank_everywhere(office)


async def test_behind_a_pooler(
    database_url: str, database: AsyncEngine, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with pgbouncer(database_url, tmp_path) as behind:
        monkeypatch.setenv("DATABASE_LISTEN_URL", database_url)
        async with everywhere(behind.render_as_string(hide_password=False), database, clock) as office:
            await thank_everywhere(office)
