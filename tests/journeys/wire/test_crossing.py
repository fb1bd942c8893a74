"""One office on two channels: what is given here is celebrated there, taken back there, and counted once."""

import asyncio

import pytest

from bot.i18n.catalog import PSEUDO_LANGUAGE
from tests.journeys.wire.badges import GIVEN
from tests.journeys.wire.seen import ANNOUNCEMENTS, GENERAL, PRIVATE, WINS, Shown
from tests.journeys.wire.stage import CHANNELS
from tests.journeys.wire.table import Stage
from tests.journeys.wire.thanking import TYPED, WORDS
from tests.journeys.wire.web import WebHand
from tests.platforms.html_page import parsed, visible
from tests.waiting import PATIENCE

SETTINGS = [("sqlite", PSEUDO_LANGUAGE), ("postgres", "en")]
RUNS = [(channel, *SETTINGS[at % len(SETTINGS)]) for at, channel in enumerate(CHANNELS)]

pytestmark = pytest.mark.parametrize(("channel", "backend", "language"), RUNS)


async def subscribe_there(s: Stage) -> None:
    await s.other.say("eve", "/laurel announce here", WINS)
    s.tells_of_place(s.other, "announce.now_on")


async def told_there(s: Stage, who: str, line: str) -> Shown:
    await s.other.say(who, line)
    assert s.other.answer
    return s.other.answer


async def test_a_gift_is_celebrated_on_the_other_channel_too(stage: Stage) -> None:
    await subscribe_there(stage)
    await stage.say("ana", TYPED)
    cards = [*await stage.hand.public(GENERAL), *await stage.celebrations(WINS, stage.other)]
    assert len(cards) == 2
    for card in cards:
        stage.tells(card, "kudos.thanked", giver="Ana López", receivers="Bob Roe")
        assert WORDS in card.text
    assert await stage.other.public(GENERAL) == await stage.hand.public(WINS) == []


async def test_what_is_undone_there_is_edited_everywhere(stage: Stage) -> None:
    await subscribe_there(stage)
    await stage.say("ana", GIVEN)
    assert len([*await stage.hand.public(GENERAL), *await stage.celebrations(WINS, stage.other)]) == 2
    stage.tells(await told_there(stage, "ana", "/laurel undo"), "undo.award", reward="Team Player")
    cards = [*await stage.hand.public(GENERAL), *await stage.celebrations(WINS, stage.other)]
    assert len(cards) == 2
    for card in cards:
        stage.tells(card, "badge.taken_back")
        assert "Bob Roe" not in card.text


async def test_there_is_one_balance_and_one_limit(stage: Stage) -> None:
    await stage.world.choose(kudos_points=2, kudos_per_day=1)
    await stage.say("ana", GIVEN)
    await stage.say("ana", TYPED)
    stage.tells(await told_there(stage, "carla", GIVEN), "refusals.awarded_once", name="Bob Roe")
    stage.tells(await told_there(stage, "ana", TYPED), "refusals.kudos_per_day", count=1, left=0)
    await stage.points("bob", 12)
    await stage.points("bob", 12, stage.other)
    await told_there(stage, "ana", "/laurel undo")
    await stage.points("bob", 10)
    await stage.points("bob", 10, stage.other)


async def test_the_news_goes_where_the_person_was_last(stage: Stage) -> None:
    await stage.say("bob", "points", PRIVATE)
    stage.world.clock.advance(hours=2)
    await stage.other.say("bob", "points", PRIVATE)
    here, there = len(await stage.hand.direct("bob")), len(await stage.other.direct("bob"))
    await stage.say("ana", TYPED)
    assert len(await stage.hand.direct("bob")) == here
    [news] = (await stage.other.direct("bob"))[there:]
    stage.tells(news, "kudos.news", giver="Ana López")


async def test_an_open_page_hears_of_it_at_once(stage: Stage) -> None:
    web = next(hand for hand in (stage.hand, stage.other) if isinstance(hand, WebHand))
    async with asyncio.timeout(PATIENCE), web.live("bob", ANNOUNCEMENTS) as events:
        await stage.say("ana", TYPED)
        posted = await anext(event async for event in events if event["conversation"] == ANNOUNCEMENTS)
        shown = Shown(stage.world.seen(visible(parsed(str(posted["html"])), "time")))
        stage.tells(shown, "kudos.thanked", giver="Ana López", receivers="Bob Roe")
        stage.world.seen([str(posted["spoken"])])
        await stage.say("ana", "/laurel undo")
        edited = await anext(event async for event in events if event["id"] == posted["id"])
        shown = Shown(stage.world.seen(visible(parsed(str(edited["html"])), "time")))
        stage.tells(shown, "kudos.taken_back")
        assert WORDS not in shown.text
