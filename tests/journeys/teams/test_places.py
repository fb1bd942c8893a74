"""Where the bot is let in on Teams, whom it knows there, and what it can post there later, from any process."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from bot.protocol.channel import Destination, DestinationGone
from bot.protocol.elements import Card
from engine.db.connection import SessionFactory
from engine.kudos.models import Kudos
from engine.outbox.models import Delivery
from engine.outbox.places import Place
from engine.people.models import Identity, Person
from tests.conftest import Clock
from tests.databases import both_databases
from tests.platforms import teams_requests as requests
from tests.platforms.teams import BOT, TENANT, Failure, FakeTeams, alias, entra
from tests.platforms.teams_bot import TeamsBot, teams_bot
from tests.platforms.teams_requests import GENERAL
from tests.time_limits import near

WINS = "19:wins@thread.tacv2"
THANKS = "<at>Laurel</at> kudos <at>Bob</at> thanks for the launch"


async def comes(chat: TeamsBot, at: str, kind: str = "installationUpdate", **more: Any) -> None:
    about = {"action": "add"} if kind == "installationUpdate" else {"membersAdded": [{"id": BOT}]}
    activity = requests.activity(kind, chat.teams.service_url, who="ana", at=at) | (about | more)
    if at:
        activity["conversation"]["id"] = at
    assert (await chat.sends(activity)).status == 200


async def places(sessions: SessionFactory) -> dict[str, Place]:
    async with sessions() as session:
        return {place.external_id: place for place in await session.scalars(select(Place))}


async def test_a_welcome_is_said_once_in_a_place(in_teams: TeamsBot, writing: SessionFactory) -> None:
    await comes(in_teams, GENERAL)
    await comes(in_teams, GENERAL, "conversationUpdate")
    await in_teams.says("<at>Laurel</at> help")
    [welcome] = in_teams.words(GENERAL)
    assert "Hello, I am Laurel" in welcome
    assert "Mention me and write help" in welcome  # without a mention we hear nothing there
    assert (await places(writing))[GENERAL].details == {"service_url": in_teams.teams.service_url, "bot": BOT}


async def test_a_big_team_hears_nothing_and_who_let_us_in_hears_it_once(in_teams: TeamsBot) -> None:
    in_teams.teams.size = 101
    await comes(in_teams, GENERAL)
    await comes(in_teams, GENERAL, "conversationUpdate")
    await comes(in_teams, GENERAL, "conversationUpdate", membersAdded=[{"id": alias(who)} for who in ("bob", "carla")])
    assert in_teams.words(GENERAL) == in_teams.alone("bob") == in_teams.alone("carla") == []
    [welcome] = in_teams.alone("ana")
    assert "Hello, I am Laurel" in welcome
    assert "large" in welcome


async def test_a_big_team_hears_nothing_where_nobody_can_be_told_alone(in_teams: TeamsBot) -> None:
    in_teams.teams.size = 101
    in_teams.teams.shut_in.add(alias("ana"))
    await comes(in_teams, GENERAL)
    assert in_teams.teams.messages == {}


@pytest.mark.parametrize("failure", [Failure(403), Failure(404), Failure(429), Failure(503)])
async def test_where_nobody_counts_the_members_the_place_is_greeted(in_teams: TeamsBot, failure: Failure) -> None:
    in_teams.teams.fail("team", failure)
    await comes(in_teams, GENERAL)
    assert len(in_teams.words(GENERAL)) == 1


@both_databases
async def test_who_lets_us_in_again_is_greeted_once_more_however_often_it_is_told(
    teams: FakeTeams, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with teams_bot(writing, reading, clock, teams) as one, teams_bot(writing, reading, clock, teams) as other:
        for chat in (one, other, one):
            await comes(chat, GENERAL)
        assert len(one.words(GENERAL)) == 1
        await comes(one, GENERAL, action="remove")
        await asyncio.gather(*(comes(chat, GENERAL) for chat in (one, other, one, other)))
        await comes(other, GENERAL, "conversationUpdate")
        assert len(one.words(GENERAL)) == 2
        assert one.alone("ana") == []


async def test_a_welcome_is_said_once_to_a_person(in_teams: TeamsBot) -> None:
    await comes(in_teams, "")
    await comes(in_teams, "", "conversationUpdate")
    assert len(in_teams.alone("ana")) == 1
    await in_teams.says("points", at="")
    assert len(in_teams.alone("ana")) == 2


async def test_who_removes_us_is_greeted_once_when_they_come_back(in_teams: TeamsBot) -> None:
    await in_teams.says("points", at="")
    for kind in ("installationUpdate", "conversationUpdate"):
        await comes(in_teams, "", kind)
    assert len(in_teams.alone("ana")) == 1, "she knows us already"
    for _ in range(2):
        await comes(in_teams, "", action="remove")
    for kind in ("installationUpdate", "conversationUpdate") * 2:
        await comes(in_teams, "", kind)
    assert len(in_teams.alone("ana")) == 2
    assert "Hello, I am Laurel" in in_teams.alone("ana")[-1]


async def test_what_waits_for_somebody_who_removes_us_goes_to_their_next_account(
    in_teams: TeamsBot, reading: SessionFactory
) -> None:
    await in_teams.says("points", who="bob", at="")
    in_teams.teams.fail(f"send:a:{alias('bob')}", Failure(429, "Throttled", {"Retry-After": "60"}))
    await in_teams.says(THANKS)
    await in_teams.relay.drain()
    removed = requests.activity("installationUpdate", in_teams.teams.service_url, who="bob", at="", action="remove")
    assert (await in_teams.sends(removed)).status == 200
    async with reading() as session:
        [news] = await session.scalars(select(Delivery).where(Delivery.identity_id.is_not(None)))
    assert news.channel in ("slack", "web")
    assert news.closed_at is None


async def test_somebody_who_shut_us_out_is_not_told_and_the_giver_hears(
    in_teams: TeamsBot, writing: SessionFactory
) -> None:
    async with writing.begin() as session:
        await session.execute(delete(Identity).where(Identity.channel != "teams"))
    in_teams.teams.shut_in.add(alias("bob"))
    await in_teams.says(THANKS)
    await in_teams.relay.drain()
    assert "I could not tell Bob directly" in in_teams.alone("ana")[-1]


async def test_somebody_else_comes_and_nothing_is_said(in_teams: TeamsBot) -> None:
    await comes(in_teams, GENERAL, "conversationUpdate", membersAdded=[{"id": alias("zoe")}])
    await comes(
        in_teams,
        GENERAL,
        "conversationUpdate",
        membersAdded=[],
        channelData={"tenant": {"id": TENANT}, "eventType": "channelRenamed", "channel": {"id": GENERAL}},
    )
    assert in_teams.words(GENERAL) == []


@pytest.mark.parametrize(
    ("kind", "leaves"),
    [
        ("installationUpdate", {"action": "remove"}),
        ("installationUpdate", {"action": "remove-upgrade"}),
        ("conversationUpdate", {"membersAdded": [], "membersRemoved": [{"id": BOT}]}),
    ],
)
async def test_where_we_are_removed_the_place_is_closed(
    in_teams: TeamsBot, writing: SessionFactory, kind: str, leaves: dict[str, Any]
) -> None:
    await comes(in_teams, GENERAL)
    await follow(writing)
    await comes(in_teams, GENERAL, kind, **leaves)
    closed = (await places(writing))[GENERAL]
    assert closed.closed_at
    assert not closed.announces
    await comes(in_teams, GENERAL)
    assert (await places(writing))[GENERAL].closed_at is None


async def test_a_channel_that_is_deleted_is_closed_and_no_other(in_teams: TeamsBot, writing: SessionFactory) -> None:
    await comes(in_teams, GENERAL)
    await in_teams.says("<at>Laurel</at> help", at=WINS)
    data = {"tenant": {"id": TENANT}, "eventType": "channelDeleted", "channel": {"id": WINS}}
    await comes(in_teams, GENERAL, "conversationUpdate", membersAdded=[], channelData=data)
    found = await places(writing)
    assert found[WINS].closed_at
    assert found[GENERAL].closed_at is None


async def follow(sessions: SessionFactory) -> None:
    async with sessions.begin() as session:
        await session.execute(update(Place).values(announces=True))


async def test_another_process_posts_to_places_and_persons(
    teams: FakeTeams, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with teams_bot(writing, reading, clock, teams) as first:
        await first.says("<at>Laurel</at> help", at=WINS)
        await first.says("points", who="bob", at="")
        await follow(writing)
    async with teams_bot(writing, reading, clock, teams) as second:
        await second.says(THANKS)
    async with teams_bot(writing, reading, clock, teams) as third:
        await third.relay.drain()
        assert len(third.words(GENERAL)) == len(third.words(WINS)) == 1
        news = third.alone("bob")[-1]
        assert "thanks for the launch" in news
        assert teams.called("create")[-1]["members"][0]["id"] == alias("ana"), "only where no chat was known"


async def test_who_was_only_mentioned_hears_of_it_in_a_new_chat(in_teams: TeamsBot, writing: SessionFactory) -> None:
    await in_teams.says(THANKS)
    await in_teams.relay.drain()
    assert len(in_teams.alone("bob")) == 1
    async with writing() as session:
        found = (await session.scalars(select(Identity).where(Identity.external_id == entra("bob")))).one()
    assert found.details == {
        "service_url": in_teams.teams.service_url,
        "bot": BOT,
        "user": alias("bob"),
        "conversation": f"a:{alias('bob')}",
    }


async def test_patience_that_one_place_asks_for_slows_that_one_only(
    in_teams: TeamsBot, writing: SessionFactory, clock: Clock
) -> None:
    await in_teams.says("<at>Laurel</at> help", at=WINS)
    await follow(writing)
    in_teams.teams.fail(f"send:{WINS}", Failure(429, "Throttled", {"Retry-After": "40"}))
    await in_teams.says(THANKS)
    await in_teams.relay.drain()
    assert (len(in_teams.words(GENERAL)), len(in_teams.words(WINS))) == (1, 0)
    clock.advance(seconds=39)
    await in_teams.relay.drain()
    assert in_teams.words(WINS) == []
    clock.advance(seconds=2)
    await in_teams.relay.drain()
    assert len(in_teams.words(WINS)) == 1


async def test_a_place_that_shut_us_out_is_closed(in_teams: TeamsBot, writing: SessionFactory) -> None:
    await in_teams.says("<at>Laurel</at> help", at=WINS)
    await follow(writing)
    async with writing.begin() as session:
        await session.execute(update(Person).where(Person.email == "carla@corp.test").values(role="admin"))
    await in_teams.says("points", who="carla", at="")
    in_teams.teams.closed.add(WINS)
    await in_teams.says(THANKS)
    await in_teams.relay.drain()
    assert (await places(writing))[WINS].closed_at
    assert "I can no longer post to" in in_teams.alone("carla")[-1], "an administrator hears of it"
    assert len(in_teams.words(GENERAL)) == 1


async def test_what_fails_for_a_time_is_tried_again(in_teams: TeamsBot, writing: SessionFactory, clock: Clock) -> None:
    in_teams.teams.fail(f"send:{WINS}", Failure(412), Failure(500), Failure(503))
    await in_teams.says("<at>Laurel</at> help", at=WINS)
    await follow(writing)
    await in_teams.says(THANKS)
    for _ in range(6):
        await in_teams.relay.drain()
        clock.advance(minutes=10)
    assert len(in_teams.words(WINS)) == 1


async def test_with_the_roster_down_people_who_are_known_go_on(
    teams: FakeTeams, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with teams_bot(writing, reading, clock, teams) as before:
        await before.says(THANKS)
    teams.fail("member", *[Failure(hangs=True)] * 4)
    async with teams_bot(writing, reading, clock, teams, near("lookup_s")) as chat:
        await chat.says("<at>Laurel</at> kudos <at>Bob</at> thanks again")
        await chat.says("points", who="carla", at="")
        [answer] = chat.alone("carla")
        assert "could not find out just now" in answer, "and not that nobody knows her"
    assert await count(writing) == 2


async def count(sessions: SessionFactory) -> int:
    async with sessions() as session:
        return len((await session.scalars(select(Kudos.id))).all())


GUESTS: list[dict[str, str]] = [
    {"userRole": "guest"},
    {"userPrincipalName": "ana_corp.test#EXT#@other.test"},
    {"tenantId": "another"},
    {"email": ""},
]


@pytest.mark.parametrize("guest", [dict(guest) for guest in GUESTS])
async def test_guests_are_not_tied_to_anybody(
    in_teams: TeamsBot, writing: SessionFactory, guest: dict[str, str]
) -> None:
    in_teams.teams.enrol("ana", guest.pop("email", "ana@corp.test"), **guest)
    await in_teams.says("points", at="")
    async with writing() as session:
        assert (await session.scalars(select(Identity).where(Identity.channel == "teams"))).all() == []
    assert len(in_teams.alone("ana")) == 1


async def test_who_signs_in_with_the_address_of_the_directory_is_known(in_teams: TeamsBot) -> None:
    in_teams.teams.enrol("ana", "ana.lopez@corp.test", userPrincipalName="Ana@Corp.test")
    await in_teams.says("points", at="")
    [answer] = in_teams.alone("ana")
    assert "You have no points yet" in answer


async def test_somebody_who_was_linked_elsewhere_is_reached_through_the_newest_place(
    in_teams: TeamsBot, writing: SessionFactory
) -> None:
    to = Destination(TENANT, entra("carla"), direct=True)
    with pytest.raises(DestinationGone):
        await in_teams.channel.post(to, Card("Hello", "Hello"))
    await in_teams.says("<at>Laurel</at> help")
    await in_teams.channel.post(to, Card("Hello", "Hello"))
    assert len(in_teams.alone("carla")) == 1


async def test_somebody_on_the_roster_who_is_nobody_of_ours_is_called_by_name(in_teams: TeamsBot) -> None:
    in_teams.teams.enrol("zoe", "zoe@elsewhere.test", name="Zoe New")
    await in_teams.says("<at>Laurel</at> help")
    ask = {"dialog": "kudos", "people": ["receivers"], "receivers": entra("zoe"), "words": "thanks"}
    await in_teams.says("<at>Laurel</at> kudos")
    [way] = in_teams.teams.posted(f"a:{alias('ana')}")[-1]["attachments"][0]["content"]["actions"]
    form = (await in_teams.invokes("task/fetch", {"data": way["data"]}))["task"]["value"]["card"]["content"]
    sent = await in_teams.invokes("task/submit", {"data": form["actions"][0]["data"] | ask}, at="")
    shown = str(sent["task"]["value"])
    assert "Zoe New" in shown
    assert entra("zoe") not in shown.replace(f"'value': '{entra('zoe')}'", "")


async def test_the_sender_is_looked_up_by_the_id_that_every_roster_knows(in_teams: TeamsBot) -> None:
    await in_teams.says("points", at="")
    assert [call["id"] for call in in_teams.teams.called("member")] == [alias("ana")]


async def test_a_chat_of_two_colleagues_is_not_ours(in_teams: TeamsBot, writing: SessionFactory) -> None:
    value = {"commandId": "kudos", "commandContext": "compose"}
    activity = requests.invoke("composeExtension/fetchTask", value, in_teams.teams.service_url, who="ana", at="")
    activity["conversation"]["id"] = "19:ana_bob@unq.gbl.spaces"
    assert (await in_teams.sends(activity)).status == 200
    async with writing() as session:
        [details] = await session.scalars(select(Identity.details).where(Identity.external_id == entra("ana")))
    assert "conversation" not in details
