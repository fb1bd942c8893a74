"""Answers that Slack does not take as they are: said shorter, said elsewhere, or counted; what was done stands."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from bot.dialogs.commands import ALL_COMMANDS
from channels.slack import limits
from channels.slack.outbound.too_long import shorten_slack_message
from engine.db.connection import SessionFactory
from tests.conftest import Clock
from tests.journeys.slack.corporation import all_given, corporation
from tests.platforms import slack_requests as requests
from tests.platforms.block_kit import message_faults
from tests.platforms.slack import Failure
from tests.platforms.slack_bot import Json, SlackBot, slack_bot
from tests.time_limits import near
from tests.waiting import until

TOO_LONG = [Failure("msg_too_long", 400), Failure("msg_blocks_too_long"), Failure(status=413)]
PERMANENT = [
    "no_text",
    "messages_tab_disabled",
    "user_not_in_channel",
    "is_archived",
    "channel_not_found",
    "restricted_action",
    "account_inactive",
    "cannot_dm_bot",
    "missing_scope",
    "msg_too_long",
]
PASSING = ["ratelimited", "internal_error", "request_timeout", "team_added_to_org"]


@pytest.fixture
def backend() -> str:
    """It is the wire that is looked at."""
    return "sqlite"


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    async with corporation(writing, reading, clock) as bot:
        yield bot


@pytest.fixture
async def hurried(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> AsyncIterator[SlackBot]:
    """Another replica, which acknowledges at once whatever takes a moment."""
    async with slack_bot(writing, reading, clock, ALL_COMMANDS, beside=corp.slack, times=near("slack_answer_s")) as bot:
        yield bot


def undo_of(message: Json) -> str:
    return next(str(e["value"]) for block in message["blocks"] if block["type"] == "actions" for e in block["elements"])


def is_short(message: Json) -> bool:
    return not message_faults(message) and {b["type"] for b in message["blocks"]} <= {"section", "rich_text", "actions"}


async def given(corp: SlackBot) -> Json:
    return await corp.says(requests.command("/kudos", "<@UBOB|bob> thanks", user="UANA"))


@pytest.mark.parametrize("failure", TOO_LONG)
async def test_an_answer_through_the_way_back_is_shortened_and_sent_again_once(
    corp: SlackBot, failure: Failure
) -> None:
    undo = undo_of(await given(corp))
    corp.slack.fail("response_url", failure)
    await corp.says(requests.press(undo, user="UANA", way_back=corp.slack.way_back("w")))
    (said,) = corp.slack.responses["w"]
    assert (is_short(said), said["replace_original"]) == (True, True)
    assert "taken back" in said["text"]


async def test_it_is_sent_again_once_only_and_the_log_knows(corp: SlackBot, caplog: pytest.LogCaptureFixture) -> None:
    undo = undo_of(await given(corp))
    corp.slack.fail("response_url", *[Failure("msg_too_long", 400)] * 5)
    assert await corp.says(requests.press(undo, user="UANA", way_back=corp.slack.way_back("w"))) == {}
    assert len(corp.slack.called("response_url")) == 2
    assert [r.error for r in caplog.records if getattr(r, "action", "") == "answer_failed"] == ["SlackMessageTooLong"]


@asynccontextmanager
async def locked(writing: SessionFactory) -> AsyncIterator[None]:
    """No turn can be answered meanwhile, and longer than Slack waits; on SQLite none could be stored either."""
    async with writing.begin() as session:
        await session.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
        yield


@pytest.mark.parametrize("backend", ["postgres"])
async def test_a_late_answer_is_shortened_and_keeps_its_button(
    corp: SlackBot, hurried: SlackBot, writing: SessionFactory
) -> None:
    corp.slack.fail("response_url", Failure("msg_too_long", 400))
    way = corp.slack.way_back("late")
    async with locked(writing):
        answer = await hurried.says(requests.command("/kudos", "<@UBOB|bob> thanks", user="UANA", way_back=way))
    assert answer == {}
    await until(lambda: corp.slack.responses["late"])
    (said,) = corp.slack.responses["late"]
    assert is_short(said)
    assert undo_of(said)


async def test_a_refusal_with_http_200_is_one_too(corp: SlackBot, caplog: pytest.LogCaptureFixture) -> None:
    undo = undo_of(await given(corp))
    corp.slack.fail("response_url", Failure("no_text", 200))
    await corp.says(requests.press(undo, user="UANA", way_back=corp.slack.way_back("w")))
    assert [r.getMessage() for r in caplog.records if getattr(r, "action", "") == "answer_failed"] != []


@pytest.mark.parametrize("channel", ["C01GEN", "D0ANA"])
async def test_an_answer_to_a_message_is_shortened_too(corp: SlackBot, channel: str) -> None:
    corp.slack.fail("chat.postMessage", Failure("msg_too_long"))
    corp.slack.fail("chat.postEphemeral", Failure("msg_blocks_too_long"))
    await corp.says(spoken(channel))
    (said,) = corp.slack.ephemerals if channel == "C01GEN" else corp.slack.posted(channel)
    assert is_short(said)
    assert undo_of(said)


def spoken(channel: str) -> str:
    if channel.startswith("D"):
        return requests.event(requests.message("<@UBOB> thanks", user="UANA", channel=channel))
    return requests.event(requests.mention("<@U0LAUREL> <@UBOB> thanks", user="UANA", channel=channel))


@pytest.mark.parametrize("code", PERMANENT)
@pytest.mark.parametrize("channel", ["C01GEN", "D0ANA"])
async def test_what_cannot_be_told_is_counted_and_stays_done(
    corp: SlackBot, reading: SessionFactory, caplog: pytest.LogCaptureFixture, channel: str, code: str
) -> None:
    for method in ("chat.postMessage", "chat.postEphemeral", "conversations.open"):
        corp.slack.fail(method, *[Failure(code)] * 9)
    caplog.set_level(logging.WARNING)
    for number in range(2):
        headers = {"X-Slack-Retry-Num": str(number)} if number else {}
        assert (await corp.sends(spoken(channel), **headers)).status == 200
    assert await all_given(reading) == 2
    lost = [record for record in caplog.records if getattr(record, "action", "") == "answer_not_told"]
    assert [(one.error, one.count) for one in lost] == [(code, 1), (code, 2)]


@pytest.mark.parametrize("code", ["no_text", "restricted_action", "user_not_in_channel", "is_archived"])
async def test_who_cannot_be_told_there_is_told_directly(corp: SlackBot, code: str) -> None:
    corp.slack.fail("chat.postEphemeral", Failure(code))
    await corp.says(spoken("C01GEN"))
    (said,) = corp.slack.posted("DANA")
    assert "Bob Ray" in str(said)


@pytest.mark.parametrize("code", PASSING)
async def test_what_may_pass_is_brought_again(corp: SlackBot, reading: SessionFactory, code: str) -> None:
    corp.slack.fail("chat.postEphemeral", Failure(code))
    event = spoken("C01GEN")
    assert (await corp.sends(event)).status == 500
    assert (await corp.sends(event, **{"X-Slack-Retry-Num": "1"})).status == 200
    assert (await all_given(reading), len(corp.slack.ephemerals)) == (1, 1)


def test_the_short_form_is_ours_cut_with_its_buttons_and_nothing_is_markup_in_it() -> None:
    actions = {"type": "actions", "elements": []}
    words = "&lt;!channel&gt; *bold* " + "&amp;" * 2000
    said = shorten_slack_message({"text": words, "blocks": [{"type": "divider"}, actions], "channel": "C1"})
    assert (said["channel"], said["blocks"][-1]) == ("C1", actions)
    assert len(said["text"]) <= limits.SHORT_TEXT
    assert said["text"].startswith("&lt;!channel&gt;")
    assert said["text"].endswith("…")
    assert said["blocks"][0]["type"] == "rich_text"


@pytest.mark.parametrize("failure", [Failure("expired_url", 404), Failure("ratelimited", 429), Failure(status=503)])
async def test_where_the_way_back_is_closed_a_press_is_answered_directly(corp: SlackBot, failure: Failure) -> None:
    undo = undo_of(await given(corp))
    corp.slack.fail("response_url", failure)
    await corp.says(requests.press(undo, user="UANA", way_back=corp.slack.way_back("closed")))
    (said,) = corp.slack.posted("DANA")
    assert "taken back" in said["text"]


@pytest.mark.parametrize("backend", ["postgres"])
async def test_where_the_way_back_is_closed_a_late_answer_comes_directly(
    corp: SlackBot, hurried: SlackBot, writing: SessionFactory
) -> None:
    corp.slack.fail("response_url", Failure("expired_url", 404))
    quick = requests.command("/kudos", "<@UBOB|bob> so quick", user="UANA", way_back=corp.slack.way_back("closed"))
    async with locked(writing):
        assert await hurried.says(quick) == {}
    await until(lambda: corp.slack.posted("DANA"))
    assert "You thanked Bob Ray" in corp.slack.posted("DANA")[0]["text"]
