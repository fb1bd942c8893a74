"""The message extension in a chat that the bot is not in: it offers to be let in, and goes on without that too."""

from typing import Any

import pytest
from sqlalchemy import select

from engine.db.connection import SessionFactory
from engine.outbox.places import Place
from tests.conftest import Clock
from tests.journeys.slack.corporation import standing
from tests.platforms import teams_requests as requests
from tests.platforms.card_texts import inputs, of_card
from tests.platforms.teams import BOT, Failure, FakeTeams, card_faults, entra
from tests.platforms.teams_bot import TeamsBot, teams_bot
from tests.time_limits import near

TWO = "19:ana_bob@unq.gbl.spaces"
AUTHOR = {"user": {"id": entra("bob"), "displayName": "Bob"}}
ON_MESSAGE = {
    "commandId": "kudos",
    "commandContext": "message",
    "messagePayload": {"id": "1", "from": AUTHOR, "body": {"contentType": "html", "content": "<p>I fixed it</p>"}},
}

Json = dict[str, Any]


@pytest.fixture
async def outside(in_teams: TeamsBot) -> TeamsBot:
    """Ana is known; the chat that she has with Bob is none of ours."""
    await in_teams.says("<at>Laurel</at> help")
    in_teams.teams.closed.add(TWO)
    return in_teams


async def invokes(chat: TeamsBot, name: str, value: Json) -> Json:
    """The card of the dialog that comes back."""
    url = chat.teams.service_url
    activity = requests.invoke(f"composeExtension/{name}", value, url, who="ana", at=f"{TWO};messageid=1")
    activity["conversation"] = {"id": TWO, "conversationType": "personal", "isGroup": False}
    activity["channelData"] = {"tenant": activity["channelData"]["tenant"]}
    response = await chat.sends(activity)
    assert response.status == 200
    card: Json = (await response.json())["task"]["value"]["card"]["content"]
    assert card_faults(card) == []
    return card


def held(card: Json) -> Json:
    return {one["id"]: one.get("value") for one in inputs(card)}


async def test_a_chat_that_we_are_not_in_is_offered_to_let_us_in(outside: TeamsBot, reading: SessionFactory) -> None:
    card = await invokes(outside, "fetchTask", ON_MESSAGE)
    assert inputs(card) == []
    assert "I am not in this chat yet" in "".join(of_card(card))
    join, _ = card["actions"]
    assert join["data"] == {"msteams": {"justInTimeInstall": True}}
    outside.teams.closed.clear()
    form = await invokes(outside, "submitAction", ON_MESSAGE | {"data": join["data"]})
    assert (held(form)["receivers"], held(form)["words"]) == (entra("bob"), "I fixed it")
    await invokes(outside, "submitAction", {"commandId": "kudos", "data": form["actions"][0]["data"] | held(form)})
    await outside.relay.drain()
    assert await standing(reading) == [("Bob", "I fixed it")]
    assert "I fixed it" in outside.words(TWO)[0]


async def test_it_goes_on_without_that_and_the_receiver_hears(outside: TeamsBot, reading: SessionFactory) -> None:
    before = outside.alone("ana")
    _, on = (await invokes(outside, "fetchTask", ON_MESSAGE))["actions"]
    form = await invokes(outside, "submitAction", {"commandId": "kudos", "data": on["data"]})
    assert held(form)["words"] == "I fixed it"
    await invokes(outside, "submitAction", {"commandId": "kudos", "data": form["actions"][0]["data"] | held(form)})
    await outside.relay.drain()
    assert await standing(reading) == [("Bob", "I fixed it")]
    assert "I fixed it" in outside.alone("bob")[0]
    assert outside.words(TWO) == []
    assert outside.alone("ana") == before, "nobody is told again what they chose"
    assert [call["conversation"] for call in outside.teams.called("send") if call["conversation"] == TWO] == []


async def test_whoever_let_us_in_is_not_asked_again(outside: TeamsBot) -> None:
    """Also where the roster does not show it yet."""
    let_in = ON_MESSAGE | {"data": {"msteams": {"justInTimeInstall": True}}}
    assert held(await invokes(outside, "submitAction", let_in))["receivers"] == entra("bob")


async def test_where_nobody_can_tell_the_form_opens(
    outside: TeamsBot, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    outside.teams.closed.clear()
    async with teams_bot(writing, reading, clock, outside.teams, near("teams_membership_s")) as hurried:
        for bot, failure in ((outside, Failure(503)), (outside, Failure(429)), (hurried, Failure(hangs=True))):
            outside.teams.fail("members", failure)
            assert held(await invokes(bot, "fetchTask", ON_MESSAGE))["receivers"] == entra("bob"), failure


async def test_where_we_are_is_asked_once_and_kept(outside: TeamsBot, reading: SessionFactory) -> None:
    outside.teams.closed.clear()
    for _ in range(2):
        assert inputs(await invokes(outside, "fetchTask", ON_MESSAGE))
    assert len(outside.teams.called("members")) == 1
    async with reading() as session:
        details = await session.scalar(select(Place.details).where(Place.external_id == TWO))
    assert details == {"service_url": outside.teams.service_url, "bot": BOT}


async def test_a_chat_that_we_are_not_in_is_not_kept_as_ours(outside: TeamsBot, reading: SessionFactory) -> None:
    await invokes(outside, "fetchTask", ON_MESSAGE)
    query = {"commandId": "search", "parameters": [{"name": "words", "value": "x"}]}
    activity = requests.invoke("composeExtension/query", query, outside.teams.service_url, who="ana", at=TWO)
    await outside.sends(activity)
    async with reading() as session:
        assert await session.scalar(select(Place.id).where(Place.external_id == TWO)) is None


async def test_people_are_looked_up_in_places_of_ours_instead(
    teams: FakeTeams, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with teams_bot(writing, reading, clock, teams) as first:
        await first.says("<at>Laurel</at> help", who="carla")
    teams.closed.add(TWO)
    async with teams_bot(writing, reading, clock, teams) as chat:
        assert len((await invokes(chat, "fetchTask", ON_MESSAGE))["actions"]) == 2, "Ana is somebody"


@pytest.mark.parametrize("data", [None, [], "x", {"msteams": 5}, {"form": 5}, {"form": "no such form"}])
async def test_odd_data_is_no_error_of_ours(outside: TeamsBot, data: Any) -> None:
    url = outside.teams.service_url
    activity = requests.invoke("composeExtension/submitAction", {"commandId": "kudos", "data": data}, url, who="ana")
    assert (await outside.sends(activity)).status in (200, 400)
