"""The same thing arrives several times at the same moment, as double clicks and redeliveries do: it happens once."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.conftest import Clock
from tests.databases import both_databases
from tests.journeys.accounts.everywhere import POSTS, Everywhere, everywhere
from tests.journeys.wire.seen import GENERAL
from tests.journeys.wire.thanking import TYPED, WORDS
from tests.platforms.slack_requests import event, mention

each_platform = pytest.mark.parametrize("channel", list(POSTS))
Hand = Any  # each has its own way to send what it sent last


@pytest.fixture
async def office(database_url: str, database: AsyncEngine, clock: Clock) -> AsyncIterator[Everywhere]:
    async with everywhere(database_url, database, clock) as opened:
        await opened.world.choose(kudos_points=3)
        yield opened


def at_once(hand: Hand, times: int) -> None:
    """From now on every request of the hand arrives so many times at the same moment."""
    request = hand._request

    async def several(*given: Any) -> Any:
        return (await asyncio.gather(*(request(*given) for _ in range(times))))[0]

    hand._request = several


async def points_of_bob(office: Everywhere) -> str:
    web = office.hands["web"]
    await web.say("bob", "/laurel points")
    assert web.answer
    return web.answer.text


def thanks_shown(office: Everywhere, channel: str) -> int:
    return sum(WORDS in said for said in office.there(channel, GENERAL))


@each_platform
async def test_one_message_three_times_at_once_is_one_gift_and_one_post(office: Everywhere, channel: str) -> None:
    hand: Hand = office.hands[channel]
    at_once(hand, 3)
    await hand.say("ana", TYPED)
    await office.world.settled()
    assert thanks_shown(office, channel) == 1
    assert "You have 3 points" in await points_of_bob(office)


@each_platform
async def test_a_button_pressed_twice_at_once_acts_once(office: Everywhere, channel: str) -> None:
    hand: Hand = office.hands[channel]
    await hand.say("ana", TYPED)
    given = hand.answer
    await office.world.settled()
    at_once(hand, 2)
    await hand.press("ana", "Undo", given)
    await office.world.settled()
    assert thanks_shown(office, channel) == 0
    assert sum("taken back" in said for said in office.there(channel, GENERAL)) == 1
    assert "You have 0 points" in await points_of_bob(office)


@both_databases
async def test_slack_brings_one_message_under_several_event_ids(office: Everywhere) -> None:
    said = mention(f"<@U0LAUREL> kudos <@UBOB> {WORDS}", user="UANA")
    bodies = [event(said), event(said), event(said)]
    assert len({json.loads(body)["event_id"] for body in bodies}) == 3
    hand: Hand = office.hands["slack"]
    await asyncio.gather(*(hand._request(body) for body in bodies))
    await office.world.settled()
    assert thanks_shown(office, "slack") == 1
    assert len(office.world.slack.ephemerals) == 1
    assert "You have 3 points" in await points_of_bob(office)
