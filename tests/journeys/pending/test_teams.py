"""Teams does not say in time who somebody is: the gift waits, and then it is celebrated where it was asked for."""

import asyncio

import pytest
from sqlalchemy import func, select, update

from engine.db.connection import SessionFactory
from engine.rewards.models import Reward
from engine.turns.pending_turns import PendingTurn
from tests import rewards
from tests.conftest import Clock
from tests.journeys.pending.late_gifts import RULES, badges, look
from tests.journeys.slack.corporation import all_given, standing
from tests.platforms import teams_requests as requests
from tests.platforms.card_texts import errors, inputs, of_card
from tests.platforms.teams import Failure, FakeTeams, alias, card_faults, entra
from tests.platforms.teams_bot import TeamsBot, teams_bot
from tests.platforms.teams_requests import GENERAL
from tests.time_limits import near

THANKS = "<at>Laurel</at> kudos <at>Bob</at> thanks a lot"
BADGE = "<at>Laurel</at> badge <at>Bob</at> Team Player for jumping in"
DOWN = Failure(503)


@pytest.fixture
async def chat(in_teams: TeamsBot) -> TeamsBot:
    """Ana has spoken to us before, Bob never has."""
    await in_teams.says("points", at="")
    return in_teams


async def wait(chat: TeamsBot, clock: Clock, seconds: int) -> None:
    await look(chat.bot, chat.channel, clock, seconds)
    await chat.relay.drain()


async def waiting(sessions: SessionFactory) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).select_from(PendingTurn)) or 0


@pytest.mark.parametrize(
    "down", [[DOWN], [Failure(429, "Throttled", {"Retry-After": "1"})], [Failure(breaks=True)] * 2]
)
async def test_a_gift_waits_and_is_celebrated_in_its_thread(
    chat: TeamsBot, reading: SessionFactory, clock: Clock, down: list[Failure]
) -> None:
    chat.teams.fail("member", *down)
    said = await chat.says(THANKS)
    assert "I am looking up who Bob is" in chat.alone("ana")[-1]
    assert await all_given(reading) == 0
    await wait(chat, clock, 5)
    assert await standing(reading) == [("Bob", "thanks a lot")]
    [celebration] = chat.words(GENERAL)
    assert "thanks a lot" in celebration
    assert said["conversation"]["id"] in {where for where, _ in chat.teams.messages}
    assert "You thanked" in chat.alone("ana")[-1]
    assert chat.teams.posted(f"a:{alias('ana')}")[-1]["attachments"][0]["content"]["actions"], "it can be undone"


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_roster_that_hangs_makes_a_gift_wait_too(
    chat: TeamsBot, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    chat.teams.fail("member", Failure(hangs=True))
    async with teams_bot(writing, reading, clock, chat.teams, near("lookup_s")) as hurried:
        await hurried.says(THANKS)
    assert "I am looking up" in chat.alone("ana")[-1]
    await wait(chat, clock, 5)
    assert await standing(reading) == [("Bob", "thanks a lot")]


async def test_a_roster_that_is_down_for_ten_seconds(chat: TeamsBot, reading: SessionFactory, clock: Clock) -> None:
    chat.teams.fail("member", DOWN, DOWN)
    await chat.says(THANKS)
    await wait(chat, clock, 10)
    assert await standing(reading) == []
    await wait(chat, clock, 5)
    assert await standing(reading) == [("Bob", "thanks a lot")]
    assert await waiting(reading) == 0


async def test_words_come_back_where_the_roster_never_tells(
    chat: TeamsBot, reading: SessionFactory, clock: Clock
) -> None:
    chat.teams.fail("member", *[DOWN] * 9)
    await chat.says(THANKS)
    await wait(chat, clock, 60)
    answers = chat.alone("ana")
    assert "could not find out" in answers[-1]
    assert "kudos @Bob thanks a lot" in answers[-1]
    assert (await all_given(reading), await waiting(reading)) == (0, 0)
    await wait(chat, clock, 60)
    assert chat.alone("ana") == answers


async def test_a_message_that_comes_again_waits_once_and_is_given_once(
    chat: TeamsBot, reading: SessionFactory, clock: Clock
) -> None:
    chat.teams.fail("member", DOWN)
    said = requests.message(THANKS, chat.teams.service_url, who="ana", names={"Bob": alias("bob")})
    responses = await asyncio.gather(*(chat.sends(said) for _ in range(3)))
    assert {response.status for response in responses} == {200}
    assert await waiting(reading) == 1
    await wait(chat, clock, 5)
    await chat.sends(said)
    await wait(chat, clock, 5)
    assert await standing(reading) == [("Bob", "thanks a lot")]
    assert len(chat.words(GENERAL)) == 1


async def test_another_process_takes_up_what_waits(
    teams: FakeTeams, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with teams_bot(writing, reading, clock, teams) as first:
        await first.says("points", at="")
        teams.fail("member", DOWN)
        await first.says(THANKS)
    async with teams_bot(writing, reading, clock, teams) as second:
        await wait(second, clock, 5)
        assert await standing(reading) == [("Bob", "thanks a lot")]
        assert len(second.words(GENERAL)) == 1
        assert "You thanked" in second.alone("ana")[-1]


async def test_somebody_whom_no_roster_knows_is_refused_at_once(chat: TeamsBot, reading: SessionFactory) -> None:
    await chat.says("<at>Laurel</at> kudos <at>Zoe</at> thanks a lot")
    assert "looking up" not in chat.alone("ana")[-1]
    assert (await all_given(reading), await waiting(reading)) == (0, 0)


async def test_somebody_whom_the_roster_turns_out_not_to_know_is_refused(
    chat: TeamsBot, reading: SessionFactory, clock: Clock
) -> None:
    chat.teams.fail("member", DOWN)
    await chat.says("<at>Laurel</at> kudos <at>Zoe</at> thanks a lot")
    await wait(chat, clock, 5)
    assert "kudos @Zoe thanks a lot" in chat.alone("ana")[-1]
    assert "Zoe" in chat.alone("ana")[-1].partition("Your words")[0]
    assert (await all_given(reading), await waiting(reading)) == (0, 0)


async def test_a_badge_waits_and_is_given_with_its_points(
    chat: TeamsBot, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with writing.begin() as session:
        await rewards.add(session, "Team Player")
    chat.teams.fail("member", DOWN)
    await chat.says(BADGE)
    assert "I am looking up who Bob is" in chat.alone("ana")[-1]
    assert await badges(reading) == []
    await wait(chat, clock, 5)
    assert await badges(reading) == [("for jumping in", 10)]
    assert "Team Player" in chat.words(GENERAL)[0]
    chat.teams.fail("member", *[DOWN] * 9)
    await chat.says(BADGE)
    await wait(chat, clock, 60)
    assert await badges(reading) == [("for jumping in", 10)], "it is given once, and Bob is known now"


@pytest.mark.parametrize(
    "rules",
    RULES,
)
async def test_a_badge_that_waits_is_refused_by_its_own_rules(
    chat: TeamsBot, writing: SessionFactory, reading: SessionFactory, clock: Clock, rules: dict[str, object]
) -> None:
    async with writing.begin() as session:
        await rewards.add(session, "Team Player")
    chat.teams.fail("member", DOWN)
    await chat.says(BADGE)
    async with writing.begin() as session:
        await session.execute(update(Reward).values(**rules))
    await wait(chat, clock, 5)
    assert "Team Player for jumping in" in chat.alone("ana")[-1], "the words come back"
    assert (await badges(reading), await waiting(reading)) == ([], 0)
    assert chat.words(GENERAL) == []


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_sender_whom_the_roster_does_not_tell_hears_why(in_teams: TeamsBot, reading: SessionFactory) -> None:
    in_teams.teams.fail("member", *[DOWN] * 2)
    await in_teams.says(THANKS)
    answer = in_teams.alone("ana")[-1]
    assert "could not find out just now" in answer
    assert "kudos @Bob thanks a lot" in answer
    assert await waiting(reading) == 0


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_dialog_with_somebody_who_is_not_known_yet_keeps_what_was_typed(
    chat: TeamsBot, reading: SessionFactory
) -> None:
    await chat.says("<at>Laurel</at> kudos")
    [way] = chat.teams.posted(f"a:{alias('ana')}")[-1]["attachments"][0]["content"]["actions"]
    form = (await chat.invokes("task/fetch", {"data": way["data"]}))["task"]["value"]["card"]["content"]
    sent = form["actions"][0]["data"] | {"receivers": entra("bob"), "words": "thanks for the fix"}
    chat.teams.fail("member", DOWN)
    again = (await chat.invokes("task/submit", {"data": sent}))["task"]["value"]["card"]["content"]
    assert card_faults(again) == []
    assert "could not find out just now" in errors(again)["receivers"]
    held = {one["id"]: one.get("value") for one in inputs(again)}
    assert (held["receivers"], held["words"]) == (entra("bob"), "thanks for the fix")
    assert entra("bob") not in "".join(of_card(again)), "an account tells nobody anything"
    assert (await all_given(reading), await waiting(reading)) == (0, 0)
    await chat.invokes("task/submit", {"data": again["actions"][0]["data"] | held})
    assert await standing(reading) == [("Bob", "thanks for the fix")]


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_the_message_extension_opens_its_form_for_somebody_who_is_not_known_yet(
    chat: TeamsBot, reading: SessionFactory
) -> None:
    chat.teams.fail("member", DOWN)
    author = {"user": {"id": entra("bob"), "displayName": "Bob"}}
    value = {"commandId": "kudos", "commandContext": "message", "messagePayload": {"id": "1", "from": author}}
    opened = await chat.invokes("composeExtension/fetchTask", value)
    form = opened["task"]["value"]["card"]["content"]
    answers = {"receivers": entra("bob"), "words": "thanks for the fix"}
    await chat.invokes("composeExtension/submitAction", {"data": form["actions"][0]["data"] | answers})
    assert await standing(reading) == [("Bob", "thanks for the fix")]
