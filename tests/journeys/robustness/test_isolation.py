"""Each platform on its own: one that is down, slow, full or closed to us leaves the others as they are."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from app import assemble_parts
from engine.admin.settings import Settings
from engine.db.connection import SessionFactory
from engine.kudos.giving import give_kudos
from engine.outbox.places import Place, get_or_create_place
from tests import people
from tests.conftest import NOW, Clock
from tests.journeys.accounts.everywhere import POSTS, Everywhere, Platform, break_down, down, everywhere
from tests.journeys.wire import slack as slack_hand
from tests.journeys.wire import teams as teams_hand
from tests.journeys.wire import telegram as telegram_hand
from tests.journeys.wire.seen import GENERAL, WINS
from tests.journeys.wire.thanking import TYPED, WORDS
from tests.journeys.wire.world import Plan, environment
from tests.platforms import slack, teams, telegram
from tests.platforms.slack import FakeSlack
from tests.platforms.teams import FakeTeams
from tests.platforms.teams_requests import bearer, message
from tests.platforms.telegram import FakeTelegram
from tests.time_limits import near
from tests.waiting import PATIENCE, until

each_platform = pytest.mark.parametrize("channel", list(POSTS))
one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.fixture
async def office(database_url: str, database: AsyncEngine, clock: Clock) -> AsyncIterator[Everywhere]:
    async with everywhere(database_url, database, clock) as opened:
        yield opened


def shown(office: Everywhere, channel: str) -> int:
    """How many thanks are shown in the place that follows."""
    return sum(WORDS in said for said in office.there(channel))


async def ready_again(office: Everywhere) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await office.is_ready():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


@one_database
@each_platform
async def test_one_that_is_down_at_the_start_leaves_the_others_serving(
    channel: str, database_url: str, database: AsyncEngine, clock: Clock
) -> None:
    async with everywhere(database_url, database, clock, down(channel)) as office:
        status, parts = await office.ready()
        assert status == "degraded"
        assert parts[channel] != "ok"
        for other in {"web", *POSTS} - {channel}:
            await office.hands[other].say("ana", "/laurel points")
            assert office.hands[other].answer
        office.mend(channel)
        await ready_again(office)
        await office.hands[channel].say("ana", "/laurel points")
        assert office.hands[channel].answer


@one_database
@each_platform
async def test_one_that_is_down_later_leaves_the_others_serving(office: Everywhere, channel: str) -> None:
    await office.subscribe()
    await ready_again(office)
    break_down(office.platform(channel), channel)
    await office.hands["web"].say("ana", TYPED)
    await until(lambda: all(shown(office, other) for other in POSTS if other != channel))
    async with asyncio.timeout(PATIENCE):
        while channel not in (await office.ready())[1]["relay"]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert (await office.ready())[0] == "degraded"
    assert shown(office, channel) == 0
    office.mend(channel)
    office.world.clock.advance(minutes=10)
    await office.world.settled()
    assert [shown(office, one) for one in POSTS] == [1, 1, 1]
    await ready_again(office)


REFUSED = {
    "slack": slack.Failure("token_revoked"),
    "teams": teams.Failure(403, "BotDisabledByAdmin"),
    "telegram": telegram.Failure(401, "Unauthorized"),
}


@each_platform
async def test_one_that_refuses_us_rests_and_an_administrator_hears_of_it_once(
    office: Everywhere, channel: str
) -> None:
    await office.subscribe()
    platform: Platform = office.platform(channel)
    platform.fail(POSTS[channel], *[REFUSED[channel]] * 50)
    await office.hands["web"].say("ana", TYPED)
    others = [one for one in POSTS if one != channel]
    await until(lambda: all(shown(office, other) for other in others))

    def heard() -> int:
        return sum("does not let me in" in said for other in others for said in office.alone(other, "eve"))

    await until(lambda: heard() == 1)
    assert channel in (await office.ready())[1]["relay"]
    asked = len(platform.called(POSTS[channel]))
    office.world.clock.advance(minutes=4)
    await office.hands["web"].say("ana", TYPED)
    await until(lambda: all(shown(office, other) == 2 for other in others))
    assert len(platform.called(POSTS[channel])) == asked
    office.mend(channel)
    office.world.clock.advance(minutes=2)
    await office.world.settled()
    assert shown(office, channel) == 2
    assert heard() == 1
    await ready_again(office)


def shut_out(office: Everywhere, channel: str) -> None:
    """The bot is no member of the place any more."""
    match channel:
        case "slack":
            office.world.slack.member_of.remove(slack_hand.CHANNELS[WINS])
        case "teams":
            office.world.teams.closed.add(teams_hand.CHANNELS[WINS])
        case _:
            office.world.telegram.groups.remove(telegram_hand.GROUPS[WINS])


@each_platform
async def test_a_place_that_is_gone_is_closed_and_an_administrator_hears_of_it_once(
    office: Everywhere, channel: str
) -> None:
    await office.subscribe()
    shut_out(office, channel)
    for _ in range(2):
        await office.hands["web"].say("ana", TYPED)
        await office.world.settled()
    assert {one: shown(office, one) for one in POSTS} == {one: 0 if one == channel else 2 for one in POSTS}
    told = [said for one in POSTS for said in office.alone(one, "eve") if "no longer post" in said]
    told += [card.text for card in await office.hands["web"].direct("eve") if "no longer post" in card.text]
    assert len(told) == 1


FULL = {
    "slack": slack.Failure("ratelimited", 429, {"Retry-After": "40"}),
    "teams": teams.Failure(429, "Throttled", {"Retry-After": "40"}),
    "telegram": telegram.Failure(429, "Too Many Requests: retry after 40", {"retry_after": 40}),
}


@each_platform
async def test_a_place_that_asks_for_patience_slows_nothing_else(office: Everywhere, channel: str) -> None:
    await office.subscribe()
    await office.hands[channel].say("eve", "/laurel announce here")
    await office.world.settled()
    office.platform(channel).fail(POSTS[channel], FULL[channel])
    await office.hands["web"].say("ana", TYPED)
    places = 3 if channel == "telegram" else 2  # where Bob is told directly, too

    def there() -> int:
        said = [*office.there(channel), *office.there(channel, GENERAL), *office.alone(channel, "bob")]
        return sum(WORDS in one for one in said)

    await until(lambda: there() == places - 1 and all(shown(office, one) for one in POSTS if one != channel))
    office.world.clock.advance(seconds=30)
    await office.hands["web"].say("ana", TYPED)  # the relay looks once more
    await until(lambda: all(shown(office, one) == 2 for one in POSTS if one != channel))
    assert there() == 2 * (places - 1)
    office.world.clock.advance(seconds=10)
    await office.world.settled()
    assert there() == 2 * places


def hanging(call: str) -> Plan:
    """That server of Microsoft's takes its time from the start."""

    def plan(_slack: FakeSlack, on_teams: FakeTeams, _telegram: FakeTelegram) -> None:
        on_teams.fail(call, teams.Failure(hangs=True))

    return plan


@one_database
@pytest.mark.parametrize("call", ["openid", "keys", "token"])
async def test_a_hanging_server_of_microsofts_stalls_no_acknowledgement(
    call: str, database_url: str, database: AsyncEngine, clock: Clock
) -> None:
    async with everywhere(database_url, database, clock, hanging(call)) as office:
        said = message("help", office.world.teams.service_url, who="carla", at="")
        headers = {"Authorization": bearer(office.world.teams.service_url)}
        url = f"{office.world.origin}/api/messages"
        waiting = asyncio.create_task(office.world.http.post(url, json=said, headers=headers))
        await until(lambda: bool(office.world.teams.called(call)))
        for other in ("slack", "telegram"):
            await office.hands[other].say("ana", "/laurel points")
            assert office.hands[other].answer
        assert not waiting.done()
        office.world.teams.gate.let_go()
        (await waiting).release()


@one_database
async def test_platforms_that_hang_do_not_hold_a_process_that_stops(
    database_url: str, database: AsyncEngine, clock: Clock
) -> None:
    """A post that hangs is broken off at the relay's bound, and what connects is not waited for."""
    async with FakeSlack() as on_slack, FakeTeams() as on_teams, FakeTelegram() as on_telegram:
        for platform, calls, hangs in (
            (on_slack, ("auth.test", "chat.postMessage"), slack.Failure(hangs=True)),
            (on_teams, ("keys", "token"), teams.Failure(hangs=True)),
            (on_telegram, ("getMe", "sendMessage"), telegram.Failure(hangs=True)),
        ):
            for call in calls:
                platform.fail(call, hangs)
        known = environment(database_url, 0, on_slack, on_teams, on_telegram)
        parts = assemble_parts(known, clock, near("send_s"))
        await celebrated_in(parts.bot.writing, ("slack", "C01GEN"), ("telegram", "-1001"))
        lived = parts.life(web.Application())
        await anext(lived)
        await until(lambda: bool(on_slack.called("chat.postMessage") and on_telegram.called("sendMessage")))
        async with asyncio.timeout(PATIENCE):  # a process that waited for them would wait for ever
            await anext(lived, None)
    with pytest.raises(StopAsyncIteration):
        await anext(lived)


async def celebrated_in(writing: SessionFactory, *where: tuple[str, str]) -> None:
    """A gift that is to be shown in each of these places."""
    async with writing.begin() as session:
        giver, receiver = [await people.add(session, name) for name in ("Ana López", "Bob Roe")]
        for channel, name in where:
            place = await get_or_create_place(session, channel=channel, tenant="", external_id=name, name=name, now=NOW)
            (await session.get_one(Place, place)).announces = True
        values = {"words": WORDS, "tags": [], "public": True, "place_id": None, "origin": None}
        await give_kudos(session, giver=giver, receivers=[receiver], settings=Settings(), now=NOW, **values)
