"""Slack's three seconds: every request is acknowledged in time, and what takes longer is said all the same, once.

What a request would wait for is held back until it was acknowledged: one that waits is never answered.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from bot.dialogs.commands import ALL_COMMANDS
from engine.db.connection import SessionFactory
from tests import people
from tests.conftest import Clock
from tests.platforms import slack_requests as requests
from tests.platforms.slack import Failure
from tests.platforms.slack_bot import Json, SlackBot, slack_bot
from tests.time_limits import near
from tests.waiting import until

HURRIED = near("slack_answer_s")


@pytest.fixture
def backend() -> str:
    """What is measured is the wire; on SQLite nothing can be stored while somebody holds its one lock."""
    return "postgres"


@pytest.fixture
async def staffed(writing: SessionFactory) -> None:
    async with writing.begin() as session:
        await people.add(session, "Ana López")
        await people.add(session, "Bob Ray")


@pytest.fixture
async def corp(
    staffed: None, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> AsyncIterator[SlackBot]:
    async with slack_bot(writing, reading, clock) as bot:
        yield bot


@pytest.fixture
async def hurried(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> AsyncIterator[SlackBot]:
    """Another replica, which acknowledges at once whatever takes a moment."""
    async with slack_bot(writing, reading, clock, beside=corp.slack, times=HURRIED) as bot:
        yield bot


@asynccontextmanager
async def locked(writing: SessionFactory) -> AsyncIterator[None]:
    """No turn can be answered meanwhile."""
    async with writing.begin() as session:
        await session.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
        yield


async def opened_form(corp: SlackBot) -> Json:
    await corp.says(requests.command("/kudos", "", user="UANA"))
    return list(corp.slack.views.values())[-1]


async def test_a_slow_look_up_and_a_slow_form_share_the_time(
    staffed: None, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with slack_bot(writing, reading, clock, ALL_COMMANDS, times=HURRIED) as hurried:
        hurried.slack.enrol("UNEW", None)
        hurried.slack.gate.hold("users.info", "views.open")
        way = hurried.slack.way_back("late")
        assert await hurried.says(requests.command("/kudos", "<@UBOB> <@UNEW>", user="UANA", way_back=way)) == {}
        hurried.slack.gate.let_go()
        await until(lambda: hurried.slack.views or hurried.slack.responses["late"])


async def test_a_look_up_that_hangs_leaves_time_for_an_answer(
    staffed: None, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with slack_bot(writing, reading, clock, ALL_COMMANDS, times=near("lookup_s")) as corp:
        corp.slack.fail("users.info", Failure(hangs=True))
        assert await corp.says(requests.command("/kudos", "<@UBOB>", user="UEVA")) != {}


@pytest.mark.parametrize("refused", [False, True])
async def test_a_form_opens_late_or_waits_behind_a_button(
    hurried: SlackBot, writing: SessionFactory, refused: bool
) -> None:
    if refused:
        hurried.slack.fail("views.open", Failure("expired_trigger_id"))
    way = hurried.slack.way_back("late")
    async with locked(writing):
        assert await hurried.says(requests.command("/kudos", "", user="UANA", way_back=way)) == {}
    await until(lambda: hurried.slack.responses["late"] if refused else hurried.slack.views)
    assert len(hurried.slack.views) + len(hurried.slack.responses["late"]) == 1


async def test_a_slow_way_back_does_not_hold_a_button(corp: SlackBot, hurried: SlackBot) -> None:
    said = await corp.says(requests.command("/kudos", "thanks", user="UANA"))
    undo = said["blocks"][-1]["elements"][0]["value"]
    corp.slack.gate.hold("response_url")
    await hurried.says(requests.press(undo, user="UANA", way_back=corp.slack.way_back("slow")))
    assert not corp.slack.responses["slow"]
    corp.slack.gate.let_go()
    await until(lambda: corp.slack.responses["slow"])


async def test_a_slow_look_up_and_a_slow_submission_share_the_time(corp: SlackBot, hurried: SlackBot) -> None:
    view = await opened_form(corp)
    corp.slack.fail("users.info", Failure("user_not_found", hangs=True))
    done = {"words": {"value": "thanks"}, "who": {"selected_users": ["UNEW"]}}
    assert (await hurried.says(requests.submission(view, done, user="UANA")))["response_action"] == "update"
    corp.slack.gate.let_go()
    await until(lambda: corp.slack.views[view["id"]]["title"]["text"] == "Thanked")


async def test_a_locked_inbox_does_not_hold_an_event(hurried: SlackBot, writing: SessionFactory) -> None:
    async with locked(writing):
        await hurried.says(requests.event(requests.message("kudos thanks", user="UANA")))
        assert hurried.slack.posted("D0ANA") == []
    await until(lambda: hurried.slack.posted("D0ANA"))


@pytest.mark.parametrize(("broken", "said"), [(1, "Thanked"), (2, "Something went wrong")])
async def test_what_breaks_after_the_acknowledgement_is_ours_to_try_again(
    hurried: SlackBot, writing: SessionFactory, broken: int, said: str
) -> None:
    hurried.thanks.broken = broken
    async with locked(writing):
        await hurried.says(requests.event(requests.message("kudos thanks", user="UANA")))
    await until(lambda: hurried.slack.posted("D0ANA"))
    (answer,) = hurried.slack.posted("D0ANA")
    assert answer["text"].startswith(said)


async def test_a_slow_post_is_made_once_by_one_replica(
    staffed: None, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    spoken = requests.event(requests.message("kudos thanks", user="UANA"))
    async with slack_bot(writing, reading, clock, times=HURRIED) as first:
        first.slack.gate.hold("chat.postMessage")
        await first.says(spoken)
        await until(lambda: first.slack.called("chat.postMessage"))
        stopping = asyncio.create_task(first.channel.stop())
        await asyncio.sleep(0)
        assert not stopping.done()
        first.slack.gate.let_go()
        await stopping
        assert len(first.slack.posted("D0ANA")) == 1, "it was finished before we stopped"
    async with slack_bot(writing, reading, clock) as second:
        await second.says(spoken, **{"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"})
    assert second.slack.posted("D0ANA") == []
    assert second.thanks.given == []


async def test_what_one_replica_could_not_say_another_one_says(
    staffed: None, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    spoken = requests.event(requests.message("kudos thanks", user="UANA"))
    async with slack_bot(writing, reading, clock) as first:
        first.slack.fail("chat.postMessage", Failure(status=503))
        assert (await first.sends(spoken)).status == 500
    async with slack_bot(writing, reading, clock) as second:
        await second.says(spoken, **{"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_error"})
    assert len(second.slack.posted("D0ANA")) == 1
    assert second.thanks.given == []
