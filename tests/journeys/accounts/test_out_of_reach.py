"""Receivers whom only we could tell, and whom we cannot: the giver hears the truth."""

import pytest
from sqlalchemy import delete

from engine.people.models import Identity
from tests import people
from tests.journeys.dialogs.talking import BOB, Office, says, told


@pytest.fixture
async def elena(office: Office) -> None:
    """Elena wishes no public thanks, and has no account anywhere."""
    async with office.sessions.begin() as session:
        person = await people.add(session, "Elena Paz", no_public_kudos=True)
        await session.execute(delete(Identity).where(Identity.person_id == person.id))
    office.data.add("Elena Paz")


@pytest.mark.usefixtures("elena")
async def test_a_quiet_thank_you_that_reaches_nobody_says_so(office: Office) -> None:
    reply = told(await office.say("ana", "kudos elena@corp.test thanks"))
    line = "Elena Paz prefers no public thanks, and I know no chat account to tell them directly."
    assert says(office, line, reply)
    assert "I tell them directly" not in reply


@pytest.mark.usefixtures("elena")
async def test_who_can_be_told_is_told_apart_from_who_cannot(office: Office) -> None:
    async with office.sessions.begin() as session:
        await people.add(session, "Gil Gray", no_public_kudos=True)
    office.data.add("Gil Gray")
    reply = told(await office.say("ana", "kudos @gil and elena@corp.test thanks"))
    assert says(office, "Gil Gray prefers no public thanks, so I tell them directly and nobody else.", reply)
    assert says(office, "Elena Paz prefers no public thanks, and I know no chat account", reply)


@pytest.mark.usefixtures("elena")
async def test_a_quiet_badge_that_reaches_nobody_says_so(office: Office) -> None:
    reply = told(await office.say("ana", "badge elena@corp.test and ", BOB, " Team Player for the launch"))
    assert says(office, "Elena Paz wishes no public praise, and I know no chat account to tell them directly.", reply)
    assert "Told in private only" not in reply
