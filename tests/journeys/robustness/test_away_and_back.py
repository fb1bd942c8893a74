"""What the whole of Laurel leans on goes away and comes back: it says so, and goes on by itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from tests import silence
from tests.conftest import Clock
from tests.journeys.accounts.everywhere import POSTS, Everywhere, everywhere
from tests.journeys.wire.thanking import TYPED, WORDS
from tests.time_limits import FAR
from tests.waiting import PATIENCE, until

OUTAGES = [silence.Wire.cut, silence.Wire.silence]


@pytest.fixture
async def wire(database_url: str) -> AsyncIterator[silence.Wire]:
    real = make_url(database_url)
    async with silence.wire(real.host or "", real.port or 5432) as laid:
        yield laid


@pytest.fixture
async def office(
    wire: silence.Wire, database_url: str, database: AsyncEngine, clock: Clock
) -> AsyncIterator[Everywhere]:
    behind = make_url(database_url).set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False)
    async with everywhere(behind, database, clock, times=replace(FAR, probe_s=1.0)) as opened:
        yield opened


async def becomes(office: Everywhere, status: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await office.ready())[0] != status:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("backend", ["postgres"], indirect=True)
@pytest.mark.parametrize("how", OUTAGES)
async def test_a_database_that_was_away_is_used_again_on_every_channel(
    office: Everywhere, wire: silence.Wire, how: silence.Trouble
) -> None:
    await office.subscribe()
    await becomes(office, "ready")
    how(wire)
    await becomes(office, "unready")
    wire.mend()
    await becomes(office, "ready")
    for channel in POSTS:
        await office.hands[channel].say("ana", TYPED)
    await until(lambda: all(sum(WORDS in said for said in office.there(one)) == len(POSTS) for one in POSTS))
