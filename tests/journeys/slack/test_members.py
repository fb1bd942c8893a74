"""Members of the Slack workspace are colleagues without any file: joining, changing, leaving, and all once a day."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from engine.db.connection import SessionFactory
from engine.directory.workspace_members import set_admission_source
from engine.people.models import Person
from tests import people
from tests.conftest import Clock
from tests.platforms import slack_requests as requests
from tests.platforms.slack import TEAM, Failure
from tests.platforms.slack_bot import SlackBot, slack_bot
from tests.waiting import until

People = dict[str, tuple[str, bool]]


@pytest.fixture(params=["sqlite"])
def backend(request: pytest.FixtureRequest) -> str:
    """What is written is tested on both in the engine's own test."""
    return str(request.param)


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    """A workspace with five accounts, of whom two are colleagues; nobody was imported."""
    async with slack_bot(writing, reading, clock) as bot:
        bot.slack.users.clear()
        bot.slack.enrol("UANA", "ana@corp.test", profile={"real_name": "Ana López", "email": "ana@corp.test"})
        bot.slack.enrol("UBOB", "bob@corp.test", tz="Europe/Madrid")
        bot.slack.enrol("UGUEST", "guest@else.test", is_restricted=True)
        bot.slack.enrol("UROBOT", None, is_bot=True)
        bot.slack.enrol("UGONE", "gone@corp.test", deleted=True)
        await until(lambda: bot.channel.trouble() is None)
        yield bot


async def everybody(reading: SessionFactory) -> People:
    async with reading.begin() as session:
        rows = await session.execute(select(Person.email, Person.display_name, Person.active))
        return {email: (name, active) for email, name, active in rows}


async def tell(corp: SlackBot, kind: str, account: str, **changed: Any) -> None:
    """Slack tells of a profile."""
    corp.slack.users[account] |= changed
    await corp.says(requests.event({"type": kind, "user": corp.slack.users[account]}))


async def test_who_speaks_and_who_is_mentioned_become_people(corp: SlackBot, reading: SessionFactory) -> None:
    answer = await corp.says(requests.command("/kudos", "<@UBOB|bob> thanks", user="UANA"))
    assert answer["text"].startswith("Thanked")
    assert set(await everybody(reading)) == {"ana@corp.test", "bob@corp.test"}


async def test_guests_and_bots_never_do(corp: SlackBot, reading: SessionFactory) -> None:
    for account in ("UGUEST", "UROBOT", "UGONE"):
        answer = await corp.says(requests.command("/kudos", "<@UBOB|bob> thanks", user=account))
        assert "I do not know you" in answer["text"]
    assert "guest@else.test" not in await everybody(reading)


async def test_joining_changing_and_leaving(corp: SlackBot, reading: SessionFactory) -> None:
    await tell(corp, "team_join", "UANA")
    assert await everybody(reading) == {"ana@corp.test": ("Ana López", True)}
    await tell(corp, "user_change", "UANA", profile={"real_name": "Ana Ruiz", "email": "ana@corp.test"})
    assert await everybody(reading) == {"ana@corp.test": ("Ana Ruiz", True)}
    await tell(corp, "user_change", "UANA", deleted=True)
    assert await everybody(reading) == {"ana@corp.test": ("Ana Ruiz", False)}
    await tell(corp, "user_change", "UANA", deleted=False)
    assert await everybody(reading) == {"ana@corp.test": ("Ana Ruiz", True)}
    await tell(corp, "user_change", "UANA", is_ultra_restricted=True)
    assert await everybody(reading) == {"ana@corp.test": ("Ana Ruiz", False)}


async def test_all_of_the_workspace_page_by_page(corp: SlackBot, reading: SessionFactory) -> None:
    members = corp.channel.members
    await members.sync_workspace(TEAM)
    assert set(await everybody(reading)) == {"ana@corp.test", "bob@corp.test"}
    corp.slack.users["UBOB"]["deleted"] = True
    await members.sync_workspace(TEAM)
    assert (await everybody(reading))["bob@corp.test"][1] is False


async def test_where_the_directory_decides_nobody_is_admitted(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory
) -> None:
    async with writing.begin() as session:
        await set_admission_source(session, "directory")
        await people.add(session, "Bob Roe")
    await tell(corp, "team_join", "UANA")
    await tell(corp, "user_change", "UBOB", deleted=True)
    before = len(corp.slack.called("users.list"))
    await corp.channel.members.sync_workspace(TEAM)
    assert len(corp.slack.called("users.list")) == before
    assert await everybody(reading) == {"bob@corp.test": ("Bob Roe", True)}


async def test_of_several_replicas_one_goes_through_the_workspace_once_a_day(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with slack_bot(writing, reading, clock) as other:
        await until(lambda: other.channel.trouble() is None)
        for bot in (corp, other, corp):
            await bot.channel.members.look()
        assert set(await everybody(reading)) == {"ana@corp.test", "bob@corp.test"}
        pages = len(corp.slack.called("users.list"))
        assert (pages, other.slack.called("users.list")) == (3, [])
        clock.advance(days=1)
        await other.channel.members.look()
        await corp.channel.members.look()
        assert len(corp.slack.called("users.list")) == pages
        assert other.slack.called("users.list") != []


async def test_where_slack_does_not_answer_it_is_tried_again_in_an_hour(
    corp: SlackBot, reading: SessionFactory, clock: Clock
) -> None:
    corp.slack.fail("users.list", Failure("internal_error", 500))
    await corp.channel.members.look()
    clock.advance(minutes=59)
    await corp.channel.members.look()
    assert await everybody(reading) == {}
    clock.advance(minutes=1)
    await corp.channel.members.look()
    assert set(await everybody(reading)) == {"ana@corp.test", "bob@corp.test"}


async def test_what_the_directory_decides_is_no_pass(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory
) -> None:
    async with writing.begin() as session:
        await set_admission_source(session, "directory")
    await corp.channel.members.look()
    async with writing.begin() as session:
        await set_admission_source(session, "workspace")
    await corp.channel.members.look()
    assert set(await everybody(reading)) == {"ana@corp.test", "bob@corp.test"}
