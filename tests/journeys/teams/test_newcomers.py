"""Colleagues and strangers whom Laurel has not heard of on Teams before: they are met, or told about, in words."""

from typing import Any

import pytest

from engine.db.connection import SessionFactory
from tests.conftest import Clock
from tests.journeys.slack.corporation import standing
from tests.journeys.teams.test_unfolding import thanked, unfolded
from tests.journeys.teams.test_wire import THANKS, answer_to, search
from tests.platforms.card_texts import errors, inputs, of_card
from tests.platforms.teams import Failure, FakeTeams, entra
from tests.platforms.teams_bot import TeamsBot, teams_bot
from tests.time_limits import near

Json = dict[str, Any]


async def test_who_was_picked_and_is_nobody_of_ours_is_called_by_no_id(in_teams: TeamsBot) -> None:
    """The picker offers the whole organisation, and tells us an id that nobody could read."""
    await in_teams.says("<at>Laurel</at> kudos")
    [way] = answer_to(in_teams, "ana")[1]["actions"]
    form = (await in_teams.invokes("task/fetch", {"data": way["data"]}))["task"]["value"]["card"]["content"]
    filled = form["actions"][0]["data"] | {"receivers": entra("zoe"), "words": "thanks"}
    again = (await in_teams.invokes("task/submit", {"data": filled}))["task"]["value"]["card"]["content"]
    assert "somebody whom I cannot see" in errors(again)["receivers"]
    assert {one["id"]: one.get("value") for one in inputs(again)}["receivers"] == entra("zoe"), "the choice stays"
    assert entra("zoe") not in "".join(of_card(again))


async def test_a_colleague_may_begin_with_a_search(in_teams: TeamsBot) -> None:
    await in_teams.says(THANKS)
    assert await search(in_teams, "launch", who="carla") == [("Ana thanked Bob:", "thanks for the launch")]


async def test_a_stranger_who_searches_hears_how_to_become_known(in_teams: TeamsBot) -> None:
    await in_teams.says(THANKS)
    value = {"commandId": "search", "parameters": [{"name": "words", "value": "launch"}]}
    found = (await in_teams.invokes("composeExtension/query", value, who="zoe"))["composeExtension"]
    assert found["type"] == "message"
    assert "send “link you@company.com”" in found["text"]


async def test_a_colleague_may_begin_by_pasting_a_link(in_teams: TeamsBot) -> None:
    url = await thanked(in_teams)
    assert "thanks for the launch" in await unfolded(in_teams, url, who="carla")


async def test_a_search_with_the_roster_down_is_an_answer_all_the_same(
    in_teams: TeamsBot, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    await in_teams.says(THANKS)
    async with teams_bot(writing, reading, clock, in_teams.teams, near("lookup_s")) as hurried:
        for bot, failure in ((in_teams, Failure(503)), (hurried, Failure(hangs=True))):
            in_teams.teams.fail("member", failure)
            assert await search(bot, "launch", who="carla") == []
    assert len(await search(in_teams, "launch", who="carla")) == 1


AUTHORS = {
    "a bot": ({"application": {"id": "7", "displayName": "Build"}}, "Nobody of ours wrote that message"),
    "nobody": (None, "Nobody of ours wrote that message"),
    "oneself": ({"user": {"id": entra("ana"), "displayName": "Ana"}}, "You cannot thank yourself"),
    "a stranger": ({"user": {"id": entra("zoe"), "displayName": "Zoe"}}, "I do not know anybody called “Zoe”"),
}


@pytest.mark.parametrize("who", AUTHORS)
async def test_thanks_for_a_message_that_cannot_be_are_refused_before_anything_is_typed(
    in_teams: TeamsBot, reading: SessionFactory, who: str
) -> None:
    author, refusal = AUTHORS[who]
    message = {"id": "1", "from": author, "body": {"contentType": "html", "content": "<p>Build 7 is green</p>"}}
    value = {"commandId": "kudos", "commandContext": "message", "messagePayload": message}
    card = (await in_teams.invokes("composeExtension/fetchTask", value))["task"]["value"]["card"]["content"]
    assert refusal in "".join(of_card(card))
    assert inputs(card) == []
    assert await standing(reading) == []


async def test_a_send_that_hangs_holds_up_no_request(
    teams: FakeTeams, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with teams_bot(writing, reading, clock, teams, near("teams_answer_s")) as chat:
        teams.fail("send", Failure(503, hangs=True))
        await chat.says("points", at="")
