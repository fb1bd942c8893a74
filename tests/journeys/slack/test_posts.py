"""Posts and edits outside a turn: what arrives, and what Slack's refusals mean."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bot.protocol.channel import DeliveryUncertain, Destination, DestinationGone, Misconfigured, Rejected, RetryLater
from bot.protocol.elements import Card, Mention, Picture, Text
from channels.slack.api import SlackCallFailed, connect_slack, open_slack_session
from channels.slack.outbound.posts import SlackPoster
from channels.slack.workspaces.single import SingleWorkspace
from tests.conftest import NOW, Clock
from tests.platforms.slack import TOKEN, Failure, FakeSlack
from tests.platforms.slack_bot import words_of
from tests.time_limits import FAR_S, NEAR_S

CARD = Card("Kudos", "Ana thanked Bob", (Text((Mention("Ana", 1, "UANA"), " thanked Bob")),))
HERE = Destination("T01CORP", "C01GEN")
ELSEWHERE = Destination("T01CORP", "C02FAR")


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.enrol("UBOB", "bob@corp.test")
        yield fake


@pytest.fixture
async def posts(slack: FakeSlack, clock: Clock) -> AsyncIterator[SlackPoster]:
    client = connect_slack(TOKEN, slack.api_url, FAR_S)
    async with open_slack_session(client):
        yield SlackPoster(SingleWorkspace(client), clock)


def origin(slack: FakeSlack, *, age: float = 0) -> dict[str, Any]:
    return {"response_url": slack.way_back("w"), "at": int(NOW.timestamp() - age)}


async def test_a_post_and_its_edit(slack: FakeSlack, posts: SlackPoster) -> None:
    ref = await posts.post(HERE, CARD)
    assert ref.keys() == {"channel", "ts"}
    (message,) = slack.posted("C01GEN")
    assert (message["unfurl_links"], message["text"]) == (False, "Ana thanked Bob")
    assert "<@UANA> thanked Bob" in words_of(message["blocks"])
    await posts.edit(HERE, ref, Card("Taken back", "It was taken back"))
    assert [m["text"] for m in slack.posted("C01GEN")] == ["It was taken back"]


async def test_a_direct_post(slack: FakeSlack, posts: SlackPoster) -> None:
    ref = await posts.post(Destination("T01CORP", "UBOB", direct=True), CARD)
    assert ref["channel"] == "DBOB"
    with pytest.raises(DestinationGone):
        await posts.post(Destination("T01CORP", "UGONE", direct=True), CARD)


async def test_patience_is_as_long_as_slack_says(slack: FakeSlack, posts: SlackPoster) -> None:
    slack.fail("chat.postMessage", Failure("ratelimited", 429, {"Retry-After": "17"}))
    with pytest.raises(RetryLater) as patience:
        await posts.post(HERE, CARD)
    assert patience.value.after == 17
    slack.fail("response_url", Failure(status=429))
    with pytest.raises(RetryLater):
        await posts.post(Destination("T01CORP", "C02FAR", origin=origin(slack)), CARD)


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("is_archived", DestinationGone),
        ("channel_not_found", DestinationGone),
        ("not_in_channel", DestinationGone),
        ("user_not_found", DestinationGone),
        ("invalid_auth", Misconfigured),
        ("account_inactive", Misconfigured),
        ("missing_scope", Misconfigured),
        ("invalid_arguments", SlackCallFailed),
        ("fatal_error", DeliveryUncertain),
    ],
)
async def test_what_an_error_means(slack: FakeSlack, posts: SlackPoster, code: str, meaning: type[Exception]) -> None:
    slack.fail("chat.postMessage", Failure(code))
    with pytest.raises(meaning, match=code):
        await posts.post(HERE, CARD)


@pytest.mark.parametrize("code", ["msg_too_long", "msg_blocks_too_long"])
async def test_what_is_too_long_goes_out_as_one_sentence(slack: FakeSlack, posts: SlackPoster, code: str) -> None:
    slack.fail("chat.postMessage", Failure(code))
    long = replace(CARD, body=(Text(("words " * 300,)),))
    ref = await posts.post(HERE, long)
    assert "words words" not in str(slack.messages[(ref["channel"], ref["ts"])])
    assert CARD.summary in str(slack.messages[(ref["channel"], ref["ts"])]["blocks"])
    slack.fail("chat.update", Failure(code))
    await posts.edit(HERE, ref, long)
    assert len(slack.called("chat.update")) == 2
    slack.fail("chat.postMessage", Failure(code), Failure(code))
    with pytest.raises(SlackCallFailed, match=code):
        await posts.post(HERE, long)


async def test_a_broken_slack_is_for_the_relay_to_ask_again(slack: FakeSlack, posts: SlackPoster) -> None:
    slack.fail("chat.postMessage", Failure("service_unavailable", 503))
    with pytest.raises(DeliveryUncertain):
        await posts.post(HERE, CARD)
    assert len(slack.called("chat.postMessage")) == 1  # what may have arrived is not sent twice behind the relay's back
    slack.fail("chat.postMessage", Failure(hangs=True))
    posts.workspaces.plain.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=NEAR_S))
    async with posts.workspaces.plain.session:
        with pytest.raises(asyncio.TimeoutError):
            await posts.post(HERE, CARD)


async def test_where_the_bot_is_no_member_the_way_back_is_taken(
    slack: FakeSlack, posts: SlackPoster, clock: Clock
) -> None:
    to = Destination("T01CORP", "C02FAR", origin=origin(slack, age=60))
    ref = await posts.post(to, CARD)
    assert ref["invite"] == "/invite @Laurel"
    assert slack.responses["w"][0]["response_type"] == "in_channel"
    await posts.edit(to, ref, Card("Taken back", "It was taken back"))
    assert slack.responses["w"][1]["replace_original"] is True
    slack.fail("response_url", Failure(status=404))
    with pytest.raises(Rejected):
        await posts.edit(to, ref, CARD)
    clock.now += timedelta(minutes=30)
    with pytest.raises(Rejected):
        await posts.edit(to, ref, CARD)
    assert len(slack.responses["w"]) == 2


@pytest.mark.parametrize("code", ["edit_window_closed", "cant_update_message"])
async def test_an_edit_that_slack_does_not_take_is_no_success(slack: FakeSlack, posts: SlackPoster, code: str) -> None:
    ref = await posts.post(HERE, CARD)
    slack.fail("chat.update", Failure(code))
    with pytest.raises(Rejected, match=code):
        await posts.edit(HERE, ref, CARD)


async def test_what_may_be_out_is_looked_for_and_edited(slack: FakeSlack, posts: SlackPoster) -> None:
    slack.history_readable = True
    await posts.post(replace(HERE, delivery="6"), CARD)
    slack.fail("chat.postMessage", Failure(status=502, acts=True))
    with pytest.raises(DeliveryUncertain):
        await posts.post(replace(HERE, delivery="7"), CARD)
    ref = await posts.post(replace(HERE, delivery="7", unclear=True), Card("Taken back", "It was taken back"))
    assert [m["text"] for m in slack.posted("C01GEN")] == ["Ana thanked Bob", "It was taken back"]
    assert ref == {"channel": "C01GEN", "ts": list(slack.messages)[1][1]}
    await posts.post(replace(HERE, delivery="8", unclear=True), CARD)
    assert len(slack.posted("C01GEN")) == 3


async def test_what_may_be_out_is_sent_where_slack_lets_nobody_look(slack: FakeSlack, posts: SlackPoster) -> None:
    await posts.post(replace(HERE, delivery="7", unclear=True), CARD)
    assert len(slack.posted("C01GEN")) == 1


async def test_nothing_is_posted_while_slack_does_not_say_whether_it_is_out(
    slack: FakeSlack, posts: SlackPoster
) -> None:
    """Those are answers to a question: unlike an unclear post they are no doubt of their own."""
    slack.history_readable = True
    slack.fail("conversations.open", Failure(status=502))
    with pytest.raises(ConnectionError, match="internal_error"):
        await posts.post(Destination("T01CORP", "UBOB", direct=True), CARD)
    for failure, meaning in (
        (Failure("ratelimited", 429, {"Retry-After": "3"}), RetryLater),
        (Failure("internal_error", 503), ConnectionError),
        (Failure("fatal_error"), ConnectionError),
        (Failure(breaks=True), ConnectionError),
    ):
        slack.failures.clear()
        slack.fail("conversations.history", *(failure for _ in range(6)))  # a broken connection is asked again at once
        with pytest.raises(meaning) as raised:
            await posts.post(replace(HERE, delivery="7", unclear=True), CARD)
        assert not isinstance(raised.value, ConnectionResetError), failure
    assert slack.posted("C01GEN") == []


async def test_a_connection_that_breaks_after_the_post_does_not_post_again(
    slack: FakeSlack, posts: SlackPoster
) -> None:
    slack.fail("chat.postMessage", Failure(acts=True, breaks=True))
    with pytest.raises(ConnectionResetError):
        await posts.post(HERE, CARD)
    assert len(slack.called("chat.postMessage")) == 1


async def test_a_way_back_that_has_run_out_is_not_taken(slack: FakeSlack, posts: SlackPoster) -> None:
    with pytest.raises(DestinationGone):
        await posts.post(Destination("T01CORP", "C02FAR", origin=origin(slack, age=1801)), CARD)
    with pytest.raises(DestinationGone):
        await posts.post(ELSEWHERE, CARD)
    slack.fail("response_url", Failure(status=404))
    with pytest.raises(DestinationGone):
        await posts.post(Destination("T01CORP", "C02FAR", origin=origin(slack)), CARD)


async def test_a_message_that_somebody_deleted_stays_so(slack: FakeSlack, posts: SlackPoster) -> None:
    await posts.edit(HERE, {"channel": "C01GEN", "ts": "1.0"}, CARD)
    assert slack.posted("C01GEN") == []
    slack.fail("chat.update", Failure("is_archived"))
    with pytest.raises(DestinationGone):
        await posts.edit(HERE, {"channel": "C01GEN", "ts": "1.0"}, CARD)


async def test_a_picture_that_slack_cannot_fetch_becomes_a_link(slack: FakeSlack, posts: SlackPoster) -> None:
    slack.fail("chat.postMessage", Failure("invalid_blocks"))
    await posts.post(HERE, Card("Badge", "A badge", (Picture("https://inside.corp.test/b.png", "Team player"),)))
    (message,) = slack.posted("C01GEN")
    assert "<https://inside.corp.test/b.png|Team player>" in words_of(message["blocks"])
    slack.fail("chat.postMessage", Failure("invalid_blocks"))
    with pytest.raises(SlackCallFailed):
        await posts.post(HERE, CARD)
