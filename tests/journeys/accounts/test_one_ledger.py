"""One person, one ledger: what is given on one channel is celebrated, told and taken back on the others."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.db.connection import build_read_sessions
from engine.delivery.claims import count_parked
from tests.conftest import Clock
from tests.journeys.accounts.everywhere import POSTS, Everywhere, everywhere
from tests.journeys.wire.badges import GIVEN
from tests.journeys.wire.seen import PRIVATE
from tests.journeys.wire.thanking import TYPED, WORDS
from tests.platforms.slack import Failure
from tests.platforms.teams import entra


@pytest.fixture
async def office(database_url: str, database: AsyncEngine, clock: Clock) -> AsyncIterator[Everywhere]:
    async with everywhere(database_url, database, clock) as opened:
        yield opened


def told(office: Everywhere, who: str, words: str) -> dict[str, int]:
    """How many messages with the words that person got, by channel; the channels without one left out."""
    found = {channel: sum(words in said for said in office.alone(channel, who)) for channel in POSTS}
    return {channel: count for channel, count in found.items() if count}


async def test_an_award_given_in_telegram_is_celebrated_natively_elsewhere(office: Everywhere) -> None:
    await office.hands["slack"].say("bob", "/laurel points")
    await office.hands["teams"].say("bob", "points", PRIVATE)
    await office.subscribe()
    await office.hands["telegram"].say("ana", GIVEN)
    await office.world.settled()
    for channel in POSTS:
        assert sum("Team Player" in said for said in office.there(channel)) == 1, channel
    [block_kit] = [said for said in office.world.slack.posted("C02WINS") if "Team Player" in str(said)]
    assert "<@UBOB>" in str(block_kit["blocks"])
    [activity] = [said for said in office.world.teams.posted("19:wins@thread.tacv2") if "Team Player" in str(said)]
    [card] = [one["content"] for one in activity["attachments"]]
    assert card["type"] == "AdaptiveCard"
    assert entra("bob") in {entity["mentioned"]["id"] for entity in card["msteams"]["entities"]}
    [message] = [said for said in office.world.telegram.posted(-1002) if "Team Player" in said["text"]]
    assert 1002 in [one["user"]["id"] for one in message["entities"] if one["type"] == "text_mention"]


@pytest.mark.parametrize("undone_on", ["slack", "teams", "web"])
async def test_undo_works_from_another_channel_and_changes_every_card(office: Everywhere, undone_on: str) -> None:
    await office.subscribe()
    await office.hands["telegram"].say("ana", GIVEN)
    await office.world.settled()
    await office.hands[undone_on].say("ana", "/laurel undo")
    await office.world.settled()
    for channel in POSTS:
        assert not any("Team Player" in said for said in office.there(channel)), channel
        assert sum("taken back" in said for said in office.there(channel)) == 1, channel
    answer = office.hands["telegram"]
    await answer.say("bob", "/laurel points")
    assert answer.answer
    assert "You have 0 points" in answer.answer.text


async def test_direct_news_go_to_the_preferred_channel_only(office: Everywhere) -> None:
    for channel in ("slack", "telegram"):
        await office.hands[channel].say("bob", "/laurel points")
    await office.hands["teams"].say("bob", "prefer teams", PRIVATE)
    office.world.clock.advance(hours=2)
    await office.hands["slack"].say("bob", "/laurel points")
    await office.hands["telegram"].say("ana", TYPED)
    await office.world.settled()
    assert told(office, "bob", WORDS) == {"teams": 1}


async def test_direct_news_go_where_the_person_was_last(office: Everywhere) -> None:
    await office.hands["teams"].say("bob", "points", PRIVATE)
    office.world.clock.advance(hours=2)
    await office.hands["slack"].say("bob", "/laurel points")
    await office.hands["telegram"].say("ana", TYPED)
    await office.world.settled()
    assert told(office, "bob", WORDS) == {"slack": 1}


async def test_who_blocked_us_there_hears_on_the_next_channel(office: Everywhere) -> None:
    await office.hands["slack"].say("bob", "/laurel points")
    office.world.clock.advance(hours=2)
    await office.hands["telegram"].say("bob", "/laurel points")
    office.world.telegram.started.remove(1002)  # he blocks the bot
    await office.hands["web"].say("ana", TYPED)
    await office.world.settled()
    assert told(office, "bob", WORDS) == {"slack": 1}


async def slack_then_telegram(office: Everywhere) -> None:
    """Bob was on Telegram, and then on Slack."""
    await office.hands["telegram"].say("bob", "/laurel points")
    office.world.clock.advance(hours=2)
    await office.hands["slack"].say("bob", "/laurel points")
    await office.world.settled()


async def test_what_slack_does_not_take_is_told_on_telegram_and_only_there(office: Everywhere) -> None:
    await slack_then_telegram(office)
    office.world.slack.fail("conversations.open", Failure("user_disabled"))
    await office.hands["web"].say("ana", TYPED)
    await office.world.settled()
    assert told(office, "bob", WORDS) == {"telegram": 1}
    await office.hands["web"].say("ana", "/laurel undo")
    await office.world.settled()
    assert told(office, "bob", WORDS) == {}
    assert told(office, "bob", "taken back") == {"telegram": 1}


@pytest.mark.parametrize("undone", [False, True])
async def test_who_blocked_us_everywhere_is_seen_to_be_out_of_reach(office: Everywhere, undone: bool) -> None:
    await slack_then_telegram(office)
    office.world.slack.fail("conversations.open", Failure("user_disabled"))
    office.world.telegram.started.remove(1002)
    await office.hands["telegram"].say("ana", TYPED)
    await office.world.settled()
    assert await parked(office) == 1
    assert told(office, "ana", "could not tell Bob Roe") == {"telegram": 1}
    if undone:
        await office.hands["telegram"].say("ana", "/laurel undo")
        await office.world.settled()
        assert await parked(office) == 0
    assert told(office, "bob", WORDS) == {}


async def parked(office: Everywhere) -> int:
    """How many deliveries `/readyz` tells of as given up."""
    async with build_read_sessions(office.world.database).begin() as session:
        return await count_parked(session, since=office.world.clock() - timedelta(days=1))
