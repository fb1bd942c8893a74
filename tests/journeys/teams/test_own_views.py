"""A celebration in Teams shows its giver how to take it back, in the place where everybody sees it, and nobody else."""

from typing import Any

import pytest
from sqlalchemy import func, select, update

from engine.db.connection import SessionFactory
from engine.people.models import Identity, Person
from engine.turns.inbox import AnsweredTurn
from tests import rewards
from tests.conftest import Clock
from tests.journeys.slack.corporation import standing
from tests.platforms import teams_requests as requests
from tests.platforms.card_texts import of_card
from tests.platforms.teams import card_faults, entra
from tests.platforms.teams_bot import TeamsBot
from tests.platforms.teams_requests import GENERAL

THANKS = "<at>Laurel</at> kudos <at>Bob</at> thanks for the launch"
BADGE = "<at>Laurel</at> badge <at>Bob</at> Team Player for jumping in"
UNCHANGED = {"statusCode": 200}
WINS = "19:wins@thread.tacv2"

Json = dict[str, Any]
sqlite = pytest.mark.parametrize("backend", ["sqlite"])


async def celebrated(chat: TeamsBot, words: str = THANKS) -> tuple[tuple[str, str], Json]:
    """The celebration of what Ana gives: where it is, and its card."""
    await chat.says(words)
    await chat.relay.drain()
    [key] = [key for key in chat.teams.messages if key[0].startswith(GENERAL)]
    return key, chat.teams.messages[key]["attachments"][0]["content"]


async def looks(chat: TeamsBot, key: tuple[str, str], card: Json, who: str = "ana") -> Json:
    """What the client of that person is told when it shows the card."""
    value = {"action": card["refresh"]["action"], "trigger": "automatic"}
    answered = await chat.invokes("adaptiveCard/action", value, who=who, at=key[0], replyToId=key[1])
    if "value" in answered:
        assert card_faults(answered["value"]) == []
    return answered


def labels(answered: Json) -> list[str]:
    return [action["title"] for action in answered["value"].get("actions", ())]


async def rows(sessions: SessionFactory) -> int:
    async with sessions() as session:
        return (await session.execute(select(func.count()).select_from(AnsweredTurn))).scalar_one()


@pytest.mark.parametrize("words", [THANKS, BADGE])
async def test_the_giver_alone_sees_how_to_take_it_back(
    in_teams: TeamsBot, writing: SessionFactory, reading: SessionFactory, words: str
) -> None:
    async with writing.begin() as session:
        await rewards.add(session, "Team Player")
    key, card = await celebrated(in_teams, words)
    assert "actions" not in card
    assert card["refresh"]["userIds"] == [f"8:orgid:{entra('ana')}"]
    before, calls = await rows(reading), len(in_teams.teams.calls)
    for _ in range(3):
        hers = await looks(in_teams, key, card)
        assert labels(hers) == ["Undo"]
        assert hers["value"]["refresh"] == card["refresh"], "her client asks again later"
        assert labels(await looks(in_teams, key, card, "bob")) == []
    assert await looks(in_teams, key, card, "zoe") == UNCHANGED, "nobody of ours"
    assert await rows(reading) == before, "looking leaves nothing behind"
    assert len(in_teams.teams.calls) == calls, "and asks Teams nothing"


async def test_what_is_taken_back_there_changes_for_everybody(in_teams: TeamsBot, reading: SessionFactory) -> None:
    key, card = await celebrated(in_teams)
    hers = await looks(in_teams, key, card)
    [undo] = hers["value"]["actions"]
    assert undo["fallback"]["type"] == "Action.Submit"
    refused = await in_teams.presses(undo, "bob", key[1], key[0])
    assert refused["type"].endswith("activity.message")
    answered = await in_teams.presses(undo, "ana", key[1], key[0])
    assert "Your thank-you to Bob" in "".join(of_card(answered["value"]))
    assert "thanks for the launch" in in_teams.words(GENERAL)[0], "her own answer is not shown to everybody"
    await in_teams.relay.drain()
    [left] = in_teams.words(GENERAL)
    assert "thanks for the launch" not in left
    assert "Your thank-you" not in left
    assert "refresh" not in in_teams.teams.messages[key]["attachments"][0]["content"]
    assert await standing(reading) == []
    late = await looks(in_teams, key, card)
    assert labels(late) == []
    assert "thanks for the launch" not in str(late)


@sqlite
async def test_an_older_client_takes_it_back_by_a_message(in_teams: TeamsBot, reading: SessionFactory) -> None:
    key, card = await celebrated(in_teams)
    [undo] = (await looks(in_teams, key, card))["value"]["actions"]
    url, data = in_teams.teams.service_url, undo["fallback"]["data"]
    pressed = requests.activity("message", url, who="ana", at=key[0], text=None, value=data, replyToId=key[1])
    assert (await in_teams.sends(pressed)).status == 200
    assert "thanks for the launch" in in_teams.words(GENERAL)[0]
    assert "Your thank-you to Bob was taken back" in in_teams.alone("ana")[-1]
    await in_teams.relay.drain()
    assert "thanks for the launch" not in in_teams.words(GENERAL)[0]
    assert await standing(reading) == []


@sqlite
async def test_when_it_is_too_late_there_is_nothing_to_press(
    in_teams: TeamsBot, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    key, card = await celebrated(in_teams)
    [undo] = (await looks(in_teams, key, card))["value"]["actions"]
    clock.advance(minutes=11)
    assert labels(await looks(in_teams, key, card)) == []
    refused = await in_teams.presses(undo, "ana", key[1], key[0])
    assert refused["type"].endswith("activity.message"), "the right is checked again"
    assert len(await standing(reading)) == 1
    async with writing.begin() as session:
        await session.execute(update(Person).where(Person.email == "ana@corp.test").values(active=False))
    assert await looks(in_teams, key, card) == UNCHANGED


@sqlite
@pytest.mark.parametrize("token", ["", "view.kudos-1.forged", "undo.kudos-1.AAAAAAAAAAAA", "view.kudos-99.x" * 20])
async def test_a_token_that_is_not_ours_shows_nothing(in_teams: TeamsBot, token: str) -> None:
    key, card = await celebrated(in_teams)
    own = card["refresh"]["action"]
    for data in ({"token": token}, {"token": in_undo(in_teams)}):
        assert await looks(in_teams, key, {"refresh": {"action": own | {"data": data}}}) == UNCHANGED


def in_undo(chat: TeamsBot) -> str:
    """A token of ours for something else."""
    [action] = next(said for (at, _), said in chat.teams.messages.items() if at.startswith("a:"))["attachments"][0][
        "content"
    ]["actions"]
    return str(action["data"]["token"])


@sqlite
@pytest.mark.parametrize("data", [None, [], {}, {"token": 5}])
async def test_an_odd_shape_is_a_bad_request(in_teams: TeamsBot, data: Any) -> None:
    value = {"action": {"type": "Action.Execute", "verb": "look", "data": data}, "trigger": "automatic"}
    activity = requests.invoke("adaptiveCard/action", value, in_teams.teams.service_url, who="ana")
    assert (await in_teams.sends(activity)).status == 400


@sqlite
async def test_a_giver_without_an_account_there_is_asked_nothing(in_teams: TeamsBot, writing: SessionFactory) -> None:
    await in_teams.says(THANKS)
    async with writing.begin() as session:
        await session.execute(update(Identity).where(Identity.channel == "teams").values(tenant="elsewhere"))
    await in_teams.relay.drain()
    assert "refresh" not in in_teams.teams.posted(GENERAL)[0]["attachments"][0]["content"]


@sqlite
async def test_every_copy_has_it_and_an_edit_keeps_the_mentions(in_teams: TeamsBot, writing: SessionFactory) -> None:
    await in_teams.says("<at>Laurel</at> help", at=WINS)
    async with writing.begin() as session:
        await session.execute(update(Person).where(Person.email == "ana@corp.test").values(role="admin"))
    await in_teams.says("<at>Laurel</at> announce here", at=WINS)
    async with writing.begin() as session:
        await rewards.add(session, "Team Player")
    await in_teams.says("<at>Laurel</at> badge <at>Bob</at> <at>Carla</at> Team Player for jumping in")
    await in_teams.relay.drain()
    before = in_teams.teams.posted(WINS)[-1]["attachments"][0]["content"]
    assert before["refresh"]["userIds"] == [f"8:orgid:{entra('ana')}"]
    await in_teams.says("revoke 2 by mistake", at="")
    await in_teams.relay.drain()
    for place in (GENERAL, WINS):
        after = in_teams.teams.posted(place)[-1]["attachments"][0]["content"]
        assert {one["mentioned"]["id"] for one in after["msteams"]["entities"]} == {entra("ana"), entra("bob")}
        assert after["refresh"] == before["refresh"]
