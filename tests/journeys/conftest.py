"""An office for the journeys, in English and in the generated locale; a running web chat; a stage for the wire."""

import logging
from collections.abc import AsyncIterator
from zlib import crc32

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.i18n.catalog import PSEUDO_LANGUAGE
from engine.db.connection import SessionFactory
from engine.people.models import Person
from tests import people
from tests.conftest import NOW, Clock
from tests.journeys.dialogs.talking import Office, opened
from tests.journeys.web.world import Browser, World, serving
from tests.journeys.wire.stage import staged
from tests.journeys.wire.table import Stage
from tests.platforms.teams import FakeTeams
from tests.platforms.teams_bot import TeamsBot, teams_bot


@pytest.fixture
async def office(
    request: pytest.FixtureRequest, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> Office:
    """One half of the tests reads English and the other the generated locale, by their names."""
    language = ("en", PSEUDO_LANGUAGE)[crc32(request.node.originalname.encode()) % 2]
    return await opened(writing, reading, clock, language)


@pytest.fixture
async def staff(writing: SessionFactory) -> dict[str, Person]:
    async with writing.begin() as session:
        found = {name: await people.add(session, name) for name in ("Ana López", "Bob Stone", "Eva <b>Ng</b>")}
        session.add(Person(display_name="Zoe New", folded_name="zoe new", created_at=NOW, updated_at=NOW))
        await session.flush()
        found["Zoe New"] = (await session.scalars(select(Person).where(Person.display_name == "Zoe New"))).one()
        gone = Person(display_name="Lea Left", folded_name="lea left", active=False, created_at=NOW, updated_at=NOW)
        session.add(gone)
        await session.flush()
        return found | {"Lea Left": gone}


@pytest.fixture
async def chat(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, staff: dict[str, Person]
) -> AsyncIterator[World]:
    async with serving(writing, reading, clock) as running:
        yield running


@pytest.fixture
async def ana(chat: World, staff: dict[str, Person]) -> AsyncIterator[Browser]:
    async with chat.browser() as browser:
        yield await browser.be(staff["Ana López"].id)


@pytest.fixture
async def bob(chat: World, staff: dict[str, Person]) -> AsyncIterator[Browser]:
    async with chat.browser() as browser:
        yield await browser.be(staff["Bob Stone"].id)


@pytest.fixture
async def stage(
    channel: str,
    language: str,
    database_url: str,
    database: AsyncEngine,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> AsyncIterator[Stage]:
    """The whole application on `backend`, driven through `channel`. What went wrong unseen fails the test."""
    async with staged(channel, language, database_url, database, clock) as opened_stage:
        yield opened_stage
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.fixture
async def teams(writing: SessionFactory) -> AsyncIterator[FakeTeams]:
    """Microsoft's servers, with three colleagues whom nobody has linked to their accounts yet."""
    async with writing.begin() as session:
        for who in ("ana", "bob", "carla"):
            (await people.add(session, who.title())).email = f"{who}@corp.test"
    async with FakeTeams() as fake:
        for who in ("ana", "bob", "carla"):
            fake.enrol(who, f"{who}@corp.test")
        yield fake


@pytest.fixture
async def in_teams(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, teams: FakeTeams
) -> AsyncIterator[TeamsBot]:
    async with teams_bot(writing, reading, clock, teams) as running:
        yield running
