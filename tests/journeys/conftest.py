"""An office for the journeys, once in English and once in the generated locale; and a running web chat."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.words import PSEUDO
from engine.db import Sessions
from engine.people import Person
from tests import people
from tests.conftest import NOW, Clock
from tests.journeys.talking import Office, opened
from tests.journeys.web_world import Browser, World, serving


@pytest.fixture(params=["en", PSEUDO])
async def office(request: pytest.FixtureRequest, writing: Sessions, reading: Sessions, clock: Clock) -> Office:
    return await opened(writing, reading, clock, request.param)


@pytest.fixture
async def staff(writing: Sessions) -> dict[str, Person]:
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
async def chat(writing: Sessions, reading: Sessions, clock: Clock, staff: dict[str, Person]) -> AsyncIterator[World]:
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
