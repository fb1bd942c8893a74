"""Slack's three seconds: every request is acknowledged in time, and what takes longer is said all the same, once."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from bot.dialogs.commands import ALL_COMMANDS
from channels.slack import limits
from engine.db.connection import SessionFactory
from tests import people
from tests.conftest import Clock
from tests.platforms import slack_requests as requests
from tests.platforms.slack import Failure
from tests.platforms.slack_bot import Json, SlackBot, slack_bot
from tests.waiting import until

IN_TIME = (
    limits.ACKNOWLEDGE_TIMEOUT_S + 0.2
)  # seconds: what a busy machine adds counts too; what waits too long takes 3.3


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


@asynccontextmanager
async def locked(writing: SessionFactory) -> AsyncIterator[None]:
    """No turn can be answered meanwhile."""
    async with writing.begin() as session:
        await session.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
        yield


async def says_in_time(corp: SlackBot, body: str, **headers: str) -> Json:
    began = time.monotonic()
    answer = await corp.says(body, **headers)
    assert time.monotonic() - began < IN_TIME
    return answer


async def opened_form(corp: SlackBot) -> Json:
    await corp.says(requests.command("/kudos", "", user="UANA"))
    return list(corp.slack.views.values())[-1]


async def test_a_slow_look_up_and_a_slow_form_share_the_time(
    staffed: None, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with slack_bot(writing, reading, clock, ALL_COMMANDS) as corp:
        corp.slack.fail("users.info", Failure(hangs=4))
        corp.slack.slow("views.open", 1.95)
        way = corp.slack.way_back("late")
        assert await says_in_time(corp, requests.command("/kudos", "<@UBOB>", user="UEVA", way_back=way)) != {}
        corp.slack.enrol("UNEW", None)
        corp.slack.slow("users.info", 1.4)
        assert await says_in_time(corp, requests.command("/kudos", "<@UBOB> <@UNEW>", user="UANA", way_back=way)) == {}
        await until(lambda: corp.slack.views or corp.slack.responses["late"])


@pytest.mark.parametrize("refused", [False, True])
async def test_a_form_opens_late_or_waits_behind_a_button(
    corp: SlackBot, writing: SessionFactory, refused: bool
) -> None:
    if refused:
        corp.slack.fail("views.open", Failure("expired_trigger_id"))
    way = corp.slack.way_back("late")
    async with locked(writing):
        assert await says_in_time(corp, requests.command("/kudos", "", user="UANA", way_back=way)) == {}
    await until(lambda: corp.slack.responses["late"] if refused else corp.slack.views)
    assert len(corp.slack.views) + len(corp.slack.responses["late"]) == 1


async def test_a_slow_way_back_does_not_hold_a_button(corp: SlackBot) -> None:
    said = await corp.says(requests.command("/kudos", "thanks", user="UANA"))
    undo = said["blocks"][-1]["elements"][0]["value"]
    corp.slack.slow("response_url", 3.5)
    await says_in_time(corp, requests.press(undo, user="UANA", way_back=corp.slack.way_back("slow")))
    await until(lambda: corp.slack.responses["slow"])


async def test_a_slow_look_up_and_a_slow_submission_share_the_time(corp: SlackBot) -> None:
    view = await opened_form(corp)
    corp.slack.fail("users.info", Failure("user_not_found", hangs=1.4))
    corp.thanks.dawdles = 2.1
    done = {"words": {"value": "thanks"}, "who": {"selected_users": ["UNEW"]}}
    assert (await says_in_time(corp, requests.submission(view, done, user="UANA")))["response_action"] == "update"
    await until(lambda: corp.slack.views[view["id"]]["title"]["text"] == "Thanked")


async def test_a_locked_inbox_does_not_hold_an_event(corp: SlackBot, writing: SessionFactory) -> None:
    async with locked(writing):
        await says_in_time(corp, requests.event(requests.message("kudos thanks", user="UANA")))
        assert corp.slack.posted("D0ANA") == []
    await until(lambda: corp.slack.posted("D0ANA"))


@pytest.mark.parametrize(("broken", "said"), [(1, "Thanked"), (2, "Something went wrong")])
async def test_what_breaks_after_the_acknowledgement_is_ours_to_try_again(
    corp: SlackBot, writing: SessionFactory, broken: int, said: str
) -> None:
    corp.thanks.broken = broken
    async with locked(writing):
        await says_in_time(corp, requests.event(requests.message("kudos thanks", user="UANA")))
    await until(lambda: corp.slack.posted("D0ANA"))
    (answer,) = corp.slack.posted("D0ANA")
    assert answer["text"].startswith(said)


async def test_a_slow_post_is_made_once_by_one_replica(
    staffed: None, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    spoken = requests.event(requests.message("kudos thanks", user="UANA"))
    async with slack_bot(writing, reading, clock) as first:
        first.slack.slow("chat.postMessage", 3.5)
        await says_in_time(first, spoken)
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
