"""Teams from the wire to the wire: thanks in a channel, dialogs, buttons, the message extension."""

import asyncio
import logging
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.db.connection import SessionFactory
from engine.kudos.models import Kudos
from engine.people.models import Identity
from tests.conftest import Clock
from tests.databases import both_databases
from tests.platforms import teams_requests as requests
from tests.platforms.card_texts import errors, inputs
from tests.platforms.teams import SECRET, TOKEN, Failure, FakeTeams, alias, card_faults, entra
from tests.platforms.teams_bot import TeamsBot, teams_bot
from tests.platforms.teams_requests import GENERAL
from tests.time_limits import near

THANKS = "<at>Laurel</at>&nbsp;kudos <at>Bob</at> thanks for the launch"
CARD = "application/vnd.microsoft.card.adaptive"
TOAST = "application/vnd.microsoft.activity.message"

Json = dict[str, Any]
sqlite = pytest.mark.parametrize("backend", ["sqlite"])


def answer_to(chat: TeamsBot, who: str) -> tuple[str, Json]:
    """The last message to that person alone: its id and its card."""
    found = [(key[1], said) for key, said in chat.teams.messages.items() if key[0] == f"a:{alias(who)}"]
    return found[-1][0], found[-1][1]["attachments"][0]["content"]


async def count(sessions: SessionFactory) -> int:
    async with sessions() as session:
        return (await session.execute(select(func.count()).select_from(Kudos))).scalar_one()


async def test_thanks_in_a_channel_and_their_undo(in_teams: TeamsBot, writing: SessionFactory) -> None:
    said = await in_teams.says(THANKS)
    await in_teams.relay.drain()
    [celebration] = in_teams.words(GENERAL)
    assert "thanks for the launch" in celebration
    [(where, _)] = [key for key in in_teams.teams.messages if key[0].startswith(GENERAL)]
    assert where == said["conversation"]["id"], "in the thread"
    entities = in_teams.teams.posted(GENERAL)[0]["attachments"][0]["content"]["msteams"]["entities"]
    assert {one["mentioned"]["id"] for one in entities} == {entra("ana"), entra("bob")}
    message, card = answer_to(in_teams, "ana")
    undone = await in_teams.presses(card["actions"][0], "ana", message, "")
    assert undone["type"] == CARD
    assert card_faults(undone["value"]) == []
    await in_teams.relay.drain()
    assert "thanks for the launch" not in in_teams.words(GENERAL)[0]
    async with writing() as session:
        assert (await session.scalars(select(Kudos.undone_at))).one() is not None
        mine = select(Identity.external_id, Identity.alias).where(Identity.channel == "teams")
        assert dict((await session.execute(mine)).all()) == {entra("ana"): alias("ana"), entra("bob"): alias("bob")}


@sqlite
async def test_what_was_pressed_changes_for_everybody_who_sees_it(in_teams: TeamsBot) -> None:
    await in_teams.says(THANKS)
    message, card = answer_to(in_teams, "ana")
    await in_teams.presses(card["actions"][0], "ana", message, "")
    await in_teams.channel.stop()
    _, after = answer_to(in_teams, "ana")
    assert "actions" not in after


@both_databases
async def test_the_same_message_three_times_is_one_gift_and_one_answer(
    in_teams: TeamsBot, writing: SessionFactory
) -> None:
    said = requests.message(THANKS, in_teams.teams.service_url, who="ana", names={"Bob": alias("bob")})
    answered = await asyncio.gather(*(in_teams.sends(said) for _ in range(3)))
    answered.append(await in_teams.sends(said))
    assert {response.status for response in answered} == {200}
    await in_teams.relay.drain()
    assert await count(writing) == len(in_teams.words(GENERAL)) == len(in_teams.alone("ana")) == 1


@both_databases
async def test_a_button_pressed_twice_at_once_acts_once(in_teams: TeamsBot) -> None:
    await in_teams.says(THANKS)
    message, card = answer_to(in_teams, "ana")
    press = (card["actions"][0], "ana", message, "")
    both = await asyncio.gather(in_teams.presses(*press), in_teams.presses(*press))
    assert sorted(one["type"] for one in both) == [TOAST, CARD]


@sqlite
async def test_somebody_elses_button(in_teams: TeamsBot) -> None:
    await in_teams.says(THANKS)
    message, card = answer_to(in_teams, "ana")
    answered = await in_teams.presses(card["actions"][0], "bob", message, "")
    assert answered["type"] == TOAST
    await in_teams.relay.drain()
    assert "thanks for the launch" in in_teams.words(GENERAL)[0]


@sqlite
async def test_a_button_of_an_older_client_comes_as_a_message(in_teams: TeamsBot) -> None:
    await in_teams.says(THANKS)
    message, card = answer_to(in_teams, "ana")
    data = card["actions"][0]["fallback"]["data"]
    url = in_teams.teams.service_url
    sent = requests.activity("message", url, who="ana", at="", text=None, value=data, replyToId=message)
    assert (await in_teams.sends(sent)).status == 200
    assert len(in_teams.alone("ana")) == 1
    assert "actions" not in answer_to(in_teams, "ana")[1]


@sqlite
async def test_a_dialog_keeps_what_was_typed_and_says_what_is_wrong(
    in_teams: TeamsBot, writing: SessionFactory
) -> None:
    await in_teams.says("<at>Laurel</at> kudos")
    _, way = answer_to(in_teams, "ana")
    opened = await in_teams.invokes("task/fetch", {"data": way["actions"][0]["data"]})
    form = opened["task"]["value"]["card"]["content"]
    filled = {"receivers": "", "words": "thanks, a lot, really", "tags": "", "more_tags": "", "private": ""}
    data = form["actions"][0]["data"]
    missed = await in_teams.invokes("task/submit", {"data": data | filled})
    again = missed["task"]["value"]["card"]["content"]
    assert card_faults(again) == []
    assert errors(again).keys() == {"receivers"}
    assert {one["id"]: one.get("value") for one in inputs(again)}["words"] == "thanks, a lot, really"
    given = await in_teams.invokes(
        "task/submit", {"data": data | filled | {"receivers": f"{entra('bob')},{entra('carla')}"}}
    )
    shown = given["task"]["value"]["card"]["content"]
    assert card_faults(shown) == []
    assert {action["type"] for action in shown["actions"]} == {"Action.Submit"}, "a dialog takes nothing else"
    await in_teams.relay.drain()
    assert "thanks, a lot, really" in in_teams.words(GENERAL)[0]
    undone = await in_teams.invokes("task/submit", {"data": shown["actions"][0]["data"]})
    assert undone["task"]["type"] == "continue"
    assert await count(writing) == 1


@sqlite
async def test_a_form_that_nobody_remembers(in_teams: TeamsBot) -> None:
    for token in ("", "x" * 22):
        answered = await in_teams.invokes("task/fetch", {"data": {"form": token}})
        assert answered == {"task": {"type": "message", "value": answered["task"]["value"]}}
        assert "waited too long" in answered["task"]["value"]


@sqlite
async def test_the_bot_alone_is_taken_out_of_the_words(in_teams: TeamsBot) -> None:
    await in_teams.says("<at>Laurel</at> kudos <at>Bob</at> Laurel &amp; I say <b>thanks</b> &lt;3")
    await in_teams.relay.drain()
    assert "Laurel & I say <b>thanks</b> <3" in in_teams.words(GENERAL)[-1]


@sqlite
async def test_messages_that_are_not_meant_for_us(in_teams: TeamsBot) -> None:
    await in_teams.says("kudos <at>Bob</at> thanks")
    url = in_teams.teams.service_url
    robot = requests.message("help", url, who="ana", at="") | {"from": {"id": "28:other", "name": "Robot"}}
    assert (await in_teams.sends(robot)).status == 200
    foreign = requests.activity("message", url, who="ana", at="", text=None, value={"other": "card"})
    assert (await in_teams.sends(foreign)).status == 200
    assert in_teams.teams.messages == {}


@sqlite
async def test_the_message_extension_on_a_message(in_teams: TeamsBot) -> None:
    author = {"user": {"id": entra("bob"), "displayName": "Bob", "userIdentityType": "aadUser"}}
    body = {"contentType": "html", "content": "<div>I fixed the <b>release</b>&nbsp;&amp; more</div>"}
    value = {"commandId": "kudos", "commandContext": "message", "messagePayload": {"id": "1", "from": author}}
    value["messagePayload"]["body"] = body
    opened = await in_teams.invokes("composeExtension/fetchTask", value)
    form = opened["task"]["value"]["card"]["content"]
    held = {one["id"]: one.get("value") for one in inputs(form)}
    assert held["receivers"] == entra("bob")
    assert held["words"] == "I fixed the release & more"
    data = form["actions"][0]["data"] | held | {"words": "thanks for the fix"}
    done = await in_teams.invokes("composeExtension/submitAction", {"commandId": "kudos", "data": data})
    assert done["task"]["type"] == "continue"
    await in_teams.relay.drain()
    assert "thanks for the fix" in in_teams.words(GENERAL)[0]


@sqlite
async def test_the_message_extension_from_the_compose_box(in_teams: TeamsBot) -> None:
    opened = await in_teams.invokes("composeExtension/fetchTask", {"commandId": "kudos", "commandContext": "compose"})
    form = opened["task"]["value"]["card"]["content"]
    assert {one["id"]: one.get("value") for one in inputs(form)}["receivers"] == ""


async def search(chat: TeamsBot, words: str, who: str = "ana", **more: Any) -> list[tuple[str, str]]:
    """What is listed: who it is about, and what for."""
    name = "initialRun" if not words else "words"
    value = {"commandId": "search", "parameters": [{"name": name, "value": words or "true"}], **more}
    found = (await chat.invokes("composeExtension/query", value, who=who))["composeExtension"]
    if found["type"] == "message":
        return []
    assert all(card_faults(one["content"]) == [] for one in found["attachments"])
    listed = [one["preview"]["content"] for one in found["attachments"]]
    return [(one["title"], one["text"]) for one in listed]


async def test_the_search_finds_what_everybody_may_see(in_teams: TeamsBot) -> None:
    await in_teams.says(THANKS)
    await in_teams.says("<at>Laurel</at> kudos <at>Carla</at> thanks for the 100% party")
    assert len(await search(in_teams, "")) == 2
    assert await search(in_teams, "LAUNCH") == [("Ana thanked Bob:", "thanks for the launch")]
    assert len(await search(in_teams, "carla")) == 1
    assert len(await search(in_teams, "100%")) == 1
    assert await search(in_teams, "%") != await search(in_teams, "")
    assert await search(in_teams, "nothing like that") == []
    assert len(await search(in_teams, "", queryOptions={"skip": 1, "count": 25})) == 1
    assert await search(in_teams, "", who="zoe") == []
    message, card = answer_to(in_teams, "ana")
    await in_teams.presses(card["actions"][0], "ana", message, "")
    assert len(await search(in_teams, "")) == 1


@sqlite
async def test_where_no_private_chat_can_be_the_place_hears_nothing_private(in_teams: TeamsBot) -> None:
    in_teams.teams.shut_in.add(alias("ana"))
    await in_teams.says("<at>Laurel</at> points")
    [said] = in_teams.words(GENERAL)
    assert "open a chat with me" in said
    assert "point" not in said


@sqlite
async def test_an_answer_waits_as_long_as_it_is_asked_to(in_teams: TeamsBot) -> None:
    in_teams.teams.fail("send", Failure(429, "Throttled", {"Retry-After": "0.2"}))
    await in_teams.says("points", at="")
    assert len(in_teams.alone("ana")) == 1


@sqlite
async def test_an_answer_that_cannot_be_sent_is_no_error_of_the_request(in_teams: TeamsBot) -> None:
    for failure in (Failure(502), Failure(403, "MessageWritesBlocked"), Failure(404), Failure(412)):
        in_teams.teams.fail("send", failure)
        await in_teams.says("points", at="")
    assert in_teams.alone("ana") == []


@sqlite
async def test_a_token_that_is_taken_no_more_is_fetched_anew_once(in_teams: TeamsBot) -> None:
    await in_teams.says("points", at="")
    await in_teams.says("points", at="")
    assert len(in_teams.teams.called("token")) == 1
    in_teams.teams.fail("send", Failure(401))
    await in_teams.says("points", at="")
    assert len(in_teams.teams.called("token")) == 2
    assert len(in_teams.alone("ana")) == 3
    assert in_teams.teams.called("token")[0]["tenant"] == "botframework.com"


@sqlite
async def test_what_takes_long_is_answered_afterwards(
    teams: FakeTeams, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with teams_bot(writing, reading, clock, teams, near("teams_answer_s")) as chat:
        teams.fail("member", Failure(404, hangs=True), Failure(404, hangs=True))
        await chat.says("points", at="")
        assert chat.alone("ana") == []
        value = {"action": {"type": "Action.Execute", "verb": "press", "data": {"token": "kudos.1.x"}}}
        working = await chat.invokes("adaptiveCard/action", value, at="")
        assert "a little longer" in working["value"]
        teams.gate.let_go()
        await chat.channel.stop()
        assert len(chat.alone("ana")) == 2


@sqlite
async def test_a_group_chat_is_a_place_too(in_teams: TeamsBot) -> None:
    said = requests.message(THANKS, in_teams.teams.service_url, who="ana", names={"Bob": alias("bob")})
    said["conversation"] |= {"id": "19:group@unq.gbl.spaces", "conversationType": "groupChat"}
    assert (await in_teams.sends(said)).status == 200
    await in_teams.relay.drain()
    assert len(in_teams.words("19:group@unq.gbl.spaces")) == 1


@sqlite
async def test_the_log_has_no_words_no_tokens_and_no_addresses(
    in_teams: TeamsBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    in_teams.teams.fail("member", Failure(500, "no bob@corp.test"))
    in_teams.teams.fail("send", Failure(502, f"{THANKS} {TOKEN}"))
    await in_teams.says(THANKS)
    await in_teams.says(THANKS)
    await in_teams.relay.drain()
    everything = "".join(str(vars(record)) for record in caplog.records if not record.name.startswith("aiohttp"))
    assert everything
    for secret in ("thanks for the launch", TOKEN, SECRET, "@corp.test", "Bearer", "eyJ"):
        assert secret not in everything
