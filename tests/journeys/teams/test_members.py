"""Whoever is on a roster of ours in Teams is a colleague without any file: coming, changing, leaving, once a day."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from engine.db.connection import SessionFactory
from engine.directory.workspace_members import set_admission_source
from engine.people.models import Person
from tests import people
from tests.conftest import Clock
from tests.platforms import teams_requests as requests
from tests.platforms.teams import BOT, Failure, FakeTeams, alias, entra
from tests.platforms.teams_bot import TeamsBot, teams_bot
from tests.platforms.teams_requests import GENERAL
from tests.waiting import until

WINS, SALES = "19:wins@thread.tacv2", "19:sales@thread.tacv2"


class Patience:
    """Waits for nothing, and keeps how long it would have been; `start`'s own wait goes on for ever."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waited.append(seconds)
        await asyncio.sleep(0 if seconds != 60 else 3600)


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[TeamsBot]:
    """An organisation with six accounts, of whom three are colleagues; nobody was imported."""
    async with FakeTeams() as teams, teams_bot(writing, reading, clock, teams) as bot:
        for who in ("ana", "bob", "carla"):
            teams.enrol(who, f"{who}@corp.test")
        teams.enrol("gus", "gus@else.test", userRole="guest")
        teams.enrol("hal", "hal@corp.test", userPrincipalName="hal_else.test#EXT#@corp.test")
        teams.enrol("far", "far@else.test", tenantId="another")
        bot.channel.members.pages.sleep = Patience()
        yield bot


async def everybody(reading: SessionFactory) -> dict[str, tuple[str, bool]]:
    async with reading.begin() as session:
        rows = await session.execute(select(Person.email, Person.display_name, Person.active))
        return {email: (name, active) for email, name, active in rows}


async def active(reading: SessionFactory) -> set[str]:
    return {email.partition("@")[0] for email, (_, is_active) in (await everybody(reading)).items() if is_active}


async def hears(corp: TeamsBot, at: str = GENERAL, **about: Any) -> None:
    """Teams tells of a conversation; what it brings about beside the turn is waited for."""
    activity = requests.activity("conversationUpdate", corp.teams.service_url, who="ana", at=at) | about
    if at:
        activity["conversation"]["id"] = at
    assert (await corp.sends(activity)).status == 200
    await until(lambda: len(corp.channel.members._tasks) == 1)


async def comes(corp: TeamsBot, *places: str) -> None:
    for place in places or (GENERAL,):
        await hears(corp, place, membersAdded=[{"id": BOT}])


async def test_where_we_are_let_in_everybody_there_is_met(corp: TeamsBot, reading: SessionFactory) -> None:
    await comes(corp)
    assert await everybody(reading) == {f"{who}@corp.test": (who.title(), True) for who in ("ana", "bob", "carla")}
    assert len(corp.teams.called("members")) == 3, "page by page"


async def test_who_comes_to_a_place_of_ours_is_met_and_guests_and_bots_are_not(
    corp: TeamsBot, reading: SessionFactory
) -> None:
    added = [{"id": alias("bob")}, {"id": alias("gus")}, {"id": alias("hal")}, {"id": "28:another-bot"}]
    await hears(corp, membersAdded=added)
    assert await active(reading) == {"bob"}
    assert [call["id"] for call in corp.teams.called("member")] == [alias("bob"), alias("gus"), alias("hal")]


async def test_a_look_up_that_fails_leaves_the_next_one(corp: TeamsBot, reading: SessionFactory) -> None:
    corp.teams.fail("member", Failure(500))
    await hears(corp, membersAdded=[{"id": alias("ana")}, {"id": alias("bob")}])
    assert await active(reading) == {"bob"}


async def test_changes_of_a_profile_are_followed(corp: TeamsBot, reading: SessionFactory) -> None:
    await comes(corp)
    corp.teams.enrol("bob", "bob.new@corp.test", name="Bob Newman")
    await corp.channel.members.everybody()
    assert (await everybody(reading))["bob.new@corp.test"] == ("Bob Newman", True)
    corp.teams.enrol("bob", "bob.new@corp.test", userRole="guest")
    await corp.channel.members.everybody()
    assert await active(reading) == {"ana", "carla"}


async def test_leaving_one_team_is_not_leaving_the_organisation(corp: TeamsBot, reading: SessionFactory) -> None:
    await comes(corp, GENERAL, WINS)
    await corp.channel.members.everybody()
    corp.teams.rosters[WINS] = {"ana", "carla"}
    await corp.sends(
        requests.activity("conversationUpdate", corp.teams.service_url, who="ana", at=WINS)
        | {"membersRemoved": [{"id": alias("bob")}]}
    )
    await corp.channel.members.everybody()
    assert await active(reading) == {"ana", "bob", "carla"}


async def test_who_is_on_no_roster_any_more_is_let_go_and_comes_back(corp: TeamsBot, reading: SessionFactory) -> None:
    await comes(corp, GENERAL, WINS)
    await corp.channel.members.everybody()
    corp.teams.rosters |= {GENERAL: {"ana", "carla"}, WINS: {"ana"}}
    await corp.channel.members.everybody()
    assert await active(reading) == {"ana", "carla"}
    await corp.channel.members.everybody()
    corp.teams.rosters.clear()
    await corp.channel.members.everybody()
    assert await active(reading) == {"ana", "bob", "carla"}


@pytest.mark.parametrize("failures", [[Failure(503)], [Failure(403, "Forbidden")], [Failure(429)] * 3])
async def test_where_one_roster_fails_the_others_are_read_and_nobody_is_let_go(
    corp: TeamsBot, reading: SessionFactory, failures: list[Failure]
) -> None:
    await comes(corp, GENERAL, WINS)
    await corp.channel.members.everybody()
    corp.teams.rosters |= {GENERAL: {"ana", "zoe"}, WINS: {"ana"}}
    corp.teams.enrol("zoe", "zoe@corp.test")
    corp.teams.fail(f"members:{WINS}", *failures)
    await corp.channel.members.everybody()
    assert await active(reading) == {"ana", "bob", "carla", "zoe"}


async def test_a_chat_that_was_never_ours_keeps_nobody(corp: TeamsBot, reading: SessionFactory) -> None:
    """The message extension was used there, and celebrations of it could not be shown."""
    await comes(corp, GENERAL)
    await corp.channel.members.everybody()
    await corp.says("<at>Laurel</at> help", at=SALES)
    corp.teams.closed |= {SALES, "19:ana_bob@unq.gbl.spaces"}
    value = {"commandId": "kudos", "commandContext": "compose"}
    await corp.invokes("composeExtension/fetchTask", value, at="19:ana_bob@unq.gbl.spaces")
    corp.teams.rosters[GENERAL] = {"ana", "carla"}
    await corp.channel.members.everybody()
    assert await active(reading) == {"ana", "carla"}


async def test_a_roster_with_nobody_on_it_was_not_read(corp: TeamsBot, reading: SessionFactory) -> None:
    await comes(corp)
    await corp.channel.members.everybody()
    corp.teams.rosters[GENERAL] = set()
    await corp.channel.members.everybody()
    assert await active(reading) == {"ana", "bob", "carla"}


async def test_whose_roster_is_ours_no_more_is_not_let_go(corp: TeamsBot, reading: SessionFactory) -> None:
    corp.teams.rosters |= {GENERAL: {"ana"}, SALES: {"bob"}}
    await comes(corp, GENERAL, SALES)
    await corp.channel.members.everybody()
    await hears(corp, SALES, membersRemoved=[{"id": BOT}])
    await corp.channel.members.everybody()
    assert await active(reading) == {"ana", "bob"}


async def test_who_is_in_a_chat_with_us_is_not_let_go(corp: TeamsBot, reading: SessionFactory) -> None:
    await comes(corp)
    await corp.says("points", who="bob", at="")
    await corp.channel.members.everybody()
    corp.teams.rosters[GENERAL] = {"ana", "carla"}
    await corp.channel.members.everybody()
    assert await active(reading) == {"ana", "bob", "carla"}
    del corp.teams.members[alias("bob")], corp.teams.members[entra("bob")]
    corp.teams.fail("member", Failure(503))
    await corp.channel.members.everybody()
    assert "bob" in await active(reading), "nobody can tell"
    await corp.channel.members.everybody()
    assert await active(reading) == {"ana", "carla"}


async def test_patience_is_as_long_as_teams_says(corp: TeamsBot, reading: SessionFactory) -> None:
    corp.teams.fail("members", Failure(429, "Throttled", {"Retry-After": "40"}))
    await comes(corp)
    pause = corp.channel.members.pages.sleep
    assert isinstance(pause, Patience)
    assert [seconds for seconds in pause.waited if seconds != 60] == [12, 40, 12, 12, 12]
    assert await active(reading) == {"ana", "bob", "carla"}


async def test_where_the_directory_decides_nobody_is_asked_for(
    corp: TeamsBot, writing: SessionFactory, reading: SessionFactory
) -> None:
    async with writing.begin() as session:
        await set_admission_source(session, "directory")
        await people.add(session, "Bob Roe")
    await comes(corp)
    await hears(corp, membersAdded=[{"id": alias("carla")}])
    await corp.channel.members.everybody()
    assert corp.teams.called("members") == corp.teams.called("member") == []
    assert set(await everybody(reading)) == {"bob@corp.test"}


async def test_of_several_replicas_one_goes_through_the_rosters_once_a_day(
    corp: TeamsBot, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    await comes(corp)
    pages = len(corp.teams.called("members"))
    async with teams_bot(writing, reading, clock, corp.teams) as other:
        other.channel.members.pages.sleep = Patience()
        for bot in (corp, other, corp):
            await bot.channel.members.look()
        assert len(corp.teams.called("members")) == 2 * pages
        clock.advance(days=1)
        for bot in (other, corp):
            await bot.channel.members.look()
        assert len(corp.teams.called("members")) == 3 * pages
