"""Slack's channels as places: what they are called, and what happens where the bot is no member."""

from collections.abc import AsyncIterator
from random import Random

import pytest

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from bot.dialogs.commands import ALL_COMMANDS
from channels.slack.inbound.interactions import parse_slash_command
from engine.db.connection import SessionFactory
from tests import people, rewards
from tests.conftest import Clock
from tests.platforms import slack_requests as requests
from tests.platforms.slack import Failure
from tests.platforms.slack_bot import KEY, SlackBot, slack_bot, words_of
from tests.tables import each_row

FAR = {"channel": "C02FAR", "channel_name": "far"}


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    async with writing.begin() as session:
        await people.add(session, "Ana López", direct_news=False)
        await people.add(session, "Bob Ray", direct_news=False)
        await people.add(session, "Eve Adams", role="admin")
        await rewards.add(session, "Team Player", emoji="🤝")
    async with slack_bot(writing, reading, clock, ALL_COMMANDS) as bot:
        for name in ("ana", "bob", "eve"):
            bot.slack.enrol(f"U{name.upper()}", f"{name}@corp.test")
        yield bot


@pytest.fixture
def relay(corp: SlackBot, writing: SessionFactory, reading: SessionFactory, clock: Clock) -> Relay:
    return Relay(writing, reading, {"slack": corp.channel}, clock, Random(1), MemoryRateLimiter(clock), KEY)


async def says(corp: SlackBot, relay: Relay, who: str, command: str, text: str, **where: str) -> None:
    """A command in a channel, whose way back has the person's name; then all that is due goes out."""
    body = requests.command(command, text, user=who, way_back=corp.slack.way_back(who), **where)
    await corp.says(body)
    await relay.drain()
    relay.clock.advance(seconds=5)  # type: ignore[attr-defined]
    await relay.drain()


def told(corp: SlackBot, account: str) -> list[str]:
    return [message["text"] for message in corp.slack.posted(f"D{account[1:]}")]


@each_row(
    ("given", "shown"),
    [("general", "#general"), ("privategroup", ""), ("directmessage", ""), ("mpdm-ana--bob-1", ""), ("", "")],
)
def test_what_a_channel_is_called(given: str, shown: str) -> None:
    body = {"team_id": "T", "channel_id": "C1", "trigger_id": "1", "user_id": "U1", "command": "/kudos"}
    assert parse_slash_command(body | {"channel_name": given}, 0).source.place_name == shown


async def test_who_subscribes_a_place_hears_how_to_let_us_in(corp: SlackBot, relay: Relay) -> None:
    await says(corp, relay, "UEVE", "/laurel", "announce here", **FAR)
    assert "From now on" in words_of(corp.slack.responses["UEVE"])
    (hint,) = told(corp, "UEVE")
    assert "/invite @Laurel" in hint
    assert "#far" in hint


async def test_who_subscribes_a_place_where_we_are_hears_nothing_more(corp: SlackBot, relay: Relay) -> None:
    await says(corp, relay, "UEVE", "/laurel", "announce here")
    assert len(corp.slack.posted("C01GEN")) == 1
    assert told(corp, "UEVE") == []


async def test_a_place_that_lets_us_in_is_celebrated_in_again(corp: SlackBot, relay: Relay) -> None:
    await says(corp, relay, "UEVE", "/laurel", "announce here", **FAR)
    await says(corp, relay, "UANA", "/kudos", "<@UBOB> thanks for one")
    assert "#far" in told(corp, "UEVE")[-1]
    assert told(corp, "UANA") == []  # her gift was made elsewhere
    corp.slack.member_of.add("C02FAR")
    await says(corp, relay, "UANA", "/kudos", "<@UBOB> thanks for two", **FAR)
    await says(corp, relay, "UANA", "/kudos", "<@UBOB> thanks for three")
    far = words_of(corp.slack.posted("C02FAR"))
    assert ["one" in far, "two" in far, "three" in far] == [False, True, True]


async def test_a_private_channel_is_not_called_by_slacks_word(corp: SlackBot, relay: Relay) -> None:
    await says(corp, relay, "UANA", "/kudos", "<@UBOB> thanks", channel="C03PRIV", channel_name="privategroup")
    (hint,) = told(corp, "UANA")
    assert "privategroup" not in hint
    assert "C03PRIV" not in hint
    assert "the thank-you to Bob Ray (“thanks”)" in hint


async def test_a_badge_whose_card_can_be_changed_no_more_is_told_to_who_revoked_it(
    corp: SlackBot, relay: Relay, clock: Clock
) -> None:
    await says(corp, relay, "UANA", "/badge", "<@UBOB> Team Player for one", **FAR)
    clock.advance(minutes=31)
    await says(corp, relay, "UEVE", "/laurel", "revoke 1 by mistake")
    (hint,) = told(corp, "UEVE")
    assert "the badge Team Player for Bob Ray" in hint
    assert "#far" in hint
    assert "by hand" in hint


async def test_a_post_that_arrived_although_slack_failed_is_made_once(corp: SlackBot, relay: Relay) -> None:
    corp.slack.history_readable = True
    corp.slack.fail("chat.postMessage", Failure(status=502, acts=True))
    await says(corp, relay, "UANA", "/kudos", "<@UBOB> thanks")
    await says(corp, relay, "UANA", "/laurel", "undo")
    (message,) = corp.slack.posted("C01GEN")
    assert "taken back" in message["text"]
