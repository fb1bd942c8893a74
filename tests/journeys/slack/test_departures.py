"""A workspace takes Laurel out: nothing is called there, its places close, an administrator hears; and back again."""

from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from bot.protocol.channel import Destination, DestinationGone
from bot.protocol.elements import Card
from channels.slack.workspaces.installations import SlackInstallation
from engine.db.connection import SessionFactory
from engine.outbox.places import Place
from engine.people.models import Person
from tests.conftest import Clock
from tests.journeys.slack.several import CORP, LAB, Several, several
from tests.platforms import slack_requests as requests
from tests.platforms.slack_bot import KEY


@pytest.fixture
async def laurel(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[Several]:
    """Corp's #general follows the celebrations; Ana administers, and has an account in both workspaces."""
    async with several(writing, reading, clock) as opened:
        for team in (CORP, LAB):
            opened.teams[team].enrol("UANA", "ana@corp.test")
            await opened.install(team)
        await opened.bot.says(requests.command("/laurel", "help", user="UANA"))
        async with writing.begin() as session:
            (await session.scalars(select(Person))).one().role = "admin"
        for team in (CORP, LAB):
            await opened.bot.says(at(team, requests.command("/laurel", "announce here", user="UANA")))
        clock.advance(minutes=1)
        yield opened


@pytest.fixture
def relay(laurel: Several, writing: SessionFactory, reading: SessionFactory, clock: Clock) -> Relay:
    return Relay(writing, reading, {"slack": laurel.bot.channel}, clock, Random(1), MemoryRateLimiter(clock), KEY)


def at(team: str, body: str) -> str:
    return body.replace(CORP, team)


def told(clock: Clock, kind: str = "app_uninstalled", **more: Any) -> str:
    """Slack tells that it happened just now."""
    return requests.event({"type": kind} | more, event_time=int(clock().timestamp()))


async def open_places(reading: SessionFactory) -> list[str]:
    async with reading() as session:
        found = select(Place.tenant).where(Place.closed_at.is_(None)).order_by(Place.tenant)
        return list(await session.scalars(found))


async def row_of(reading: SessionFactory) -> SlackInstallation:
    async with reading() as session:
        return (await session.scalars(select(SlackInstallation).where(SlackInstallation.team == CORP))).one()


async def test_it_is_taken_out_and_nothing_is_called_there_any_more(
    laurel: Several, relay: Relay, reading: SessionFactory, clock: Clock
) -> None:
    await relay.drain()
    calls = len(laurel.teams[CORP].calls)
    assert await laurel.bot.says(told(clock)) == {}
    row = await row_of(reading)
    assert (row.revoked_at, row.bot_token, row.refresh_token) == (clock(), "", None)
    assert await open_places(reading) == [LAB]
    for body in (requests.command("/kudos", "<@UBOB> thanks", user="UANA"), requests.home_opened("UANA"), told(clock)):
        assert await laurel.bot.says(body) == {}
    clock.advance(seconds=10)
    await relay.drain()
    await laurel.bot.channel.members.look()
    assert len(laurel.teams[CORP].calls) == calls
    [news] = laurel.teams[LAB].posted("DANA")
    assert "I was removed from the Slack workspace Corp T01CORP" in news["text"]


async def test_what_was_on_its_way_there_finds_nobody(laurel: Several, clock: Clock) -> None:
    await laurel.bot.says(told(clock))
    way_back = {"response_url": laurel.bot.slack.way_back("w"), "at": clock().timestamp()}
    card = Card("Kudos", "Ana thanked Bob")
    for to in (Destination(CORP, "C01GEN", origin=way_back), Destination(CORP, "UANA", direct=True)):
        with pytest.raises(DestinationGone):
            await laurel.bot.channel.post(to, card)
    with pytest.raises(DestinationGone):
        await laurel.bot.channel.edit(Destination(CORP, "C01GEN"), way_back, card)
    assert not laurel.bot.slack.responses


async def test_whoever_installs_it_again_has_its_places_back(
    laurel: Several, relay: Relay, reading: SessionFactory, clock: Clock
) -> None:
    event = told(clock)
    await laurel.bot.says(event)
    clock.advance(hours=1)
    assert (await laurel.install(CORP)).status == 200
    assert await open_places(reading) == [CORP, LAB]
    for _ in range(2):  # Slack brings the old news once more
        await laurel.bot.says(event)
    assert (await row_of(reading)).revoked_at is None
    await laurel.bot.says(requests.command("/laurel", "help", user="UANA"))
    clock.advance(minutes=1)
    await laurel.bot.says(told(clock))
    await relay.drain()
    assert len([one for one in laurel.teams[LAB].posted("DANA") if "removed" in one["text"]]) == 2, "each is told once"


async def test_a_place_that_was_closed_before_stays_closed(
    laurel: Several, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with writing.begin() as session:
        place = (await session.scalars(select(Place).where(Place.tenant == CORP))).one()
        place.closed_at = clock()
    clock.advance(minutes=1)
    await laurel.bot.says(told(clock))
    await laurel.install(CORP)
    assert await open_places(reading) == [LAB]


async def test_tokens_of_the_bot_are_meant_and_no_others(
    laurel: Several, reading: SessionFactory, clock: Clock
) -> None:
    for tokens in ({"oauth": ["UANA"]}, {"oauth": ["UANA"], "bot": ["UOTHER"]}, {"bot": []}):
        await laurel.bot.says(told(clock, "tokens_revoked", tokens=tokens))
    assert (await row_of(reading)).revoked_at is None
    await laurel.bot.says(told(clock, "tokens_revoked", tokens={"oauth": [], "bot": ["U0BOT01"]}))
    await laurel.bot.says(told(clock))
    assert (await row_of(reading)).revoked_at == clock()


async def test_who_forges_it_changes_nothing(laurel: Several, reading: SessionFactory, clock: Clock) -> None:
    forged = requests.signed(told(clock), secret="another")
    assert (await laurel.bot.sends(told(clock), **forged)).status == 401
    for odd in ({"event_time": None}, {"event_time": "soon"}, {"event_time": 10**20}, {"team_id": 7}):
        body = requests.event({"type": "app_uninstalled"}, **odd)
        assert (await laurel.bot.sends(body)).status == 400
    for tokens in (None, [], {"bot": [7]}, "all"):
        assert (await laurel.bot.sends(told(clock, "tokens_revoked", tokens=tokens))).status == 400
    assert (await row_of(reading)).revoked_at is None


async def test_another_replica_learns_of_it(
    laurel: Several, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with several(writing, reading, clock, beside=laurel) as other:
        await other.bot.says(requests.home_opened("UANA"))
        await laurel.bot.says(told(clock))
        clock.advance(seconds=6)
        calls = len(laurel.teams[CORP].calls)
        await other.bot.says(requests.home_opened("UANA"))
        assert len(laurel.teams[CORP].calls) == calls
