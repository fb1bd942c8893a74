"""A message that gave kudos or a badge and is deleted takes them back; one that is edited changes nothing."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select

from bot.dispatch.acknowledged_turns import store_acknowledged_turn
from bot.dispatch.pending_gifts import PendingGifts
from channels.slack.inbound.events import parse_slack_message
from engine.awards.models import Award
from engine.db.connection import SessionFactory
from tests import rewards
from tests.conftest import Clock
from tests.databases import both_databases
from tests.journeys.slack.corporation import all_given, corporation, standing
from tests.platforms import slack_requests as requests
from tests.platforms.slack import Failure
from tests.platforms.slack_bot import Json, SlackBot


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    async with writing.begin() as session:
        await rewards.add(session, "Team Player", emoji="🤝")
    async with corporation(writing, reading, clock) as bot:
        yield bot


def at(clock: Clock) -> str:
    return f"{clock().timestamp():.6f}"


async def say(corp: SlackBot, clock: Clock, channel: str = "C01GEN", words: str = "<@UBOB> thanks") -> Json:
    """Ana thanks Bob in a channel, or directly."""
    if channel.startswith("D"):
        spoken = requests.message(words, user="UANA", channel=channel, ts=at(clock))
    else:
        spoken = requests.mention(f"<@U0LAUREL> {words}", user="UANA", channel=channel, ts=at(clock))
    await corp.says(requests.event(spoken))
    return spoken | {"type": "message"}


@both_databases
@pytest.mark.parametrize("channel", ["C01GEN", "D0ANA"])
async def test_what_is_deleted_is_taken_back(
    corp: SlackBot, reading: SessionFactory, clock: Clock, channel: str
) -> None:
    spoken = await say(corp, clock, channel)
    assert await standing(reading) == [("Bob Ray", "thanks")]
    gone = requests.deletion(spoken)
    await asyncio.gather(*(corp.says(gone) for _ in range(3)))
    assert await standing(reading) == []
    told = corp.slack.ephemerals if channel == "C01GEN" else corp.slack.posted(channel)
    assert len(told) == 2, "the thanks, and once that they were taken back"
    assert told[-1].get("user", "UANA") == "UANA"
    await corp.says(requests.deletion(spoken))
    assert len(told) == 2


BADGE = "badge <@UBOB> and <@UEVA> Team Player for jumping in"


async def badges(reading: SessionFactory) -> int:
    """How many awards stand."""
    async with reading() as session:
        standing = select(func.count()).select_from(Award).where(Award.undone_at.is_(None), Award.revoked_at.is_(None))
        return await session.scalar(standing) or 0


@both_databases
@pytest.mark.parametrize("channel", ["C01GEN", "D0ANA"])
async def test_badges_are_taken_back_alike(corp: SlackBot, reading: SessionFactory, clock: Clock, channel: str) -> None:
    spoken = await say(corp, clock, channel, BADGE)
    assert await badges(reading) == 2
    gone = requests.deletion(spoken)
    await asyncio.gather(*(corp.says(gone) for _ in range(3)))
    assert await badges(reading) == 0
    told = corp.slack.ephemerals if channel == "C01GEN" else corp.slack.posted(channel)
    assert len(told) == 2, "the badge, and once that it was taken back"
    await corp.says(gone)
    assert len(told) == 2


async def test_badges_stay_after_the_minutes_of_undo_and_where_others_delete(
    corp: SlackBot, reading: SessionFactory, clock: Clock
) -> None:
    spoken = await say(corp, clock, words=BADGE)
    await corp.says(requests.deletion(spoken | {"user": "UBOB"}))
    await say(corp, clock, words="points")
    assert await badges(reading) == 2
    clock.advance(minutes=11)
    await corp.says(requests.deletion(spoken))
    assert await badges(reading) == 2
    assert "10 minutes" in corp.slack.ephemerals[-1]["text"]


async def test_what_an_administrator_revoked_of_it_stays_so(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    spoken = await say(corp, clock, words=BADGE)
    async with writing.begin() as session:
        last = (await session.scalars(select(Award).order_by(Award.id.desc()).limit(1))).one()
        last.revoked_at = clock()
    await corp.says(requests.deletion(spoken))
    assert await badges(reading) == 0
    async with reading() as session:
        assert (await session.get_one(Award, last.id)).undone_at is None


async def test_a_stone_in_its_place_is_a_deletion_too(corp: SlackBot, reading: SessionFactory, clock: Clock) -> None:
    spoken = await say(corp, clock)
    stone = {"subtype": "message_changed", "message": {"subtype": "tombstone", "ts": spoken["ts"]}}
    await corp.says(requests.event(_changed(spoken, stone)))
    assert await standing(reading) == []


def _changed(spoken: Json, more: Json) -> Json:
    where = {"channel": spoken["channel"], "channel_type": spoken["channel_type"], "ts": "1772443000.900000"}
    return {"type": "message", "hidden": True, "previous_message": spoken} | where | more


async def test_after_the_minutes_of_undo_it_stays_and_that_is_said(
    corp: SlackBot, reading: SessionFactory, clock: Clock
) -> None:
    spoken = await say(corp, clock)
    clock.advance(minutes=11)
    await corp.says(requests.deletion(spoken))
    assert await standing(reading) == [("Bob Ray", "thanks")]
    assert "10 minutes" in corp.slack.ephemerals[-1]["text"]


async def test_a_day_later_nobody_is_bothered(corp: SlackBot, reading: SessionFactory, clock: Clock) -> None:
    spoken = await say(corp, clock)
    clock.advance(days=2)
    await corp.says(requests.deletion(spoken))
    assert len(corp.slack.ephemerals) == 1
    assert await standing(reading) == [("Bob Ray", "thanks")]


async def test_an_edit_does_not_give_again_nor_take_back(corp: SlackBot, reading: SessionFactory, clock: Clock) -> None:
    spoken = await say(corp, clock)
    edited = spoken | {"text": "<@U0LAUREL> <@UBOB> <@UEVA> thanks a lot", "edited": {"user": "UANA", "ts": "1.0"}}
    await corp.says(requests.event(_changed(spoken, {"subtype": "message_changed", "message": edited})))
    await corp.says(requests.event(edited | {"type": "app_mention"}))
    assert await standing(reading) == [("Bob Ray", "thanks")]


async def test_another_message_of_the_same_person_takes_nothing_back(
    corp: SlackBot, reading: SessionFactory, clock: Clock
) -> None:
    await say(corp, clock)
    clock.advance(seconds=5)
    other = requests.message("never mind", user="UANA", channel="C01GEN", ts=at(clock))
    await corp.says(requests.deletion(other))
    assert await standing(reading) == [("Bob Ray", "thanks")]


async def test_a_forged_author_takes_nothing_back(corp: SlackBot, reading: SessionFactory, clock: Clock) -> None:
    """The author is the one of the message, whom Slack names; another one's undo would be refused all the same."""
    spoken = await say(corp, clock)
    await corp.says(requests.deletion(spoken | {"user": "UBOB"}))
    assert await standing(reading) == [("Bob Ray", "thanks")]


@pytest.mark.parametrize("gone", [None, {}, {"user": "UANA"}, {"user": "UANA", "ts": "soon"}, {"bot_id": "B1"}])
async def test_an_odd_deletion_does_no_harm(corp: SlackBot, clock: Clock, gone: Json | None) -> None:
    spoken = await say(corp, clock)
    assert (await corp.sends(requests.deletion(spoken, previous_message=gone))).status in (200, 400)


async def test_where_the_answer_is_not_taken_slack_brings_it_again(
    corp: SlackBot, reading: SessionFactory, clock: Clock
) -> None:
    spoken = await say(corp, clock)
    corp.slack.fail("chat.postEphemeral", Failure("ratelimited", 429))
    gone = requests.deletion(spoken)
    assert (await corp.sends(gone)).status == 500
    assert (await corp.sends(gone, **{"X-Slack-Retry-Num": "1"})).status == 200
    assert await all_given(reading) == 1
    assert await standing(reading) == []


async def test_what_a_dead_replica_left_and_is_deleted_is_not_given(
    corp: SlackBot, reading: SessionFactory, clock: Clock
) -> None:
    spoken = requests.mention("<@U0LAUREL> kudos <@UBOB> thanks", user="UANA", ts=at(clock))
    (turn,) = parse_slack_message(json.loads(requests.event(spoken)), "U0LAUREL", frozenset({"kudos"}))
    await store_acknowledged_turn(corp.bot, turn)
    await corp.says(requests.deletion(spoken | {"type": "message"}))
    clock.advance(seconds=16)
    await PendingGifts(corp.bot, {"slack": corp.channel}).look()
    assert await standing(reading) == []
