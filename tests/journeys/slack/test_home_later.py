"""App Home after what happens late or elsewhere: whoever opens it sees how things are."""

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest
from sqlalchemy import delete, update

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from bot.dispatch.pending_gifts import PendingGifts
from bot.protocol.turns import Command, Source
from engine.db.connection import SessionFactory
from engine.people.models import Identity, Person
from tests.conftest import Clock
from tests.journeys.slack.corporation import corporation
from tests.platforms import slack_requests as requests
from tests.platforms.slack import Failure
from tests.platforms.slack_bot import KEY, SlackBot, words_of
from tests.waiting import until


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    async with corporation(writing, reading, clock) as bot:
        yield bot


def page(corp: SlackBot, account: str) -> str:
    return words_of(corp.slack.homes.get(account, {}))


async def elsewhere(corp: SlackBot, line: str, message_id: str) -> None:
    """Bob does something on the web."""
    source = Source(channel="web", tenant="", conversation="", message_id=message_id, account="bob", private=True)
    await corp.bot.handle(Command(source, "", (line,)))


async def relayed(corp: SlackBot, clock: Clock) -> None:
    clock.advance(seconds=10)
    channels = {"slack": corp.channel}
    await Relay(corp.bot.writing, corp.bot.reading, channels, clock, Random(1), MemoryRateLimiter(clock), KEY).drain()


async def test_what_came_from_elsewhere_and_went_again_is_there_at_the_next_look(corp: SlackBot) -> None:
    await corp.says(requests.home_opened("UANA"))
    await elsewhere(corp, "kudos @Ana so kind", "1")
    await corp.says(requests.home_opened("UANA"))
    assert "so kind" in page(corp, "UANA")
    await elsewhere(corp, "undo", "2")
    await corp.says(requests.home_opened("UANA"))
    assert "so kind" not in page(corp, "UANA")


async def test_what_a_person_is_told_directly_draws_their_page_anew(
    corp: SlackBot, writing: SessionFactory, clock: Clock
) -> None:
    async with writing.begin() as session:
        await session.execute(update(Person).where(Person.email == "ana@corp.test").values(direct_news=True))
    await corp.says(requests.home_opened("UANA"))
    await elsewhere(corp, "kudos @Ana so kind", "1")
    await relayed(corp, clock)
    await until(lambda: "so kind" in page(corp, "UANA"))
    await elsewhere(corp, "undo", "2")
    await relayed(corp, clock)
    await until(lambda: "so kind" not in page(corp, "UANA"))
    assert set(corp.slack.homes) == {"UANA"}


async def test_a_gift_that_had_to_wait_draws_its_givers_page_anew(
    corp: SlackBot, writing: SessionFactory, clock: Clock
) -> None:
    async with writing.begin() as session:
        await session.execute(delete(Identity).where(Identity.external_id.in_(["UEVA", "eva"])))
    await corp.says(requests.home_opened("UANA"))
    corp.slack.fail("users.info", Failure("ratelimited", 429, {"Retry-After": "1"}))
    await corp.says(requests.command("/kudos", "<@UEVA|eva> at last", user="UANA"))
    drawn = len(corp.slack.called("views.publish"))
    await until(lambda: len(corp.slack.called("views.publish")) > drawn)
    assert "at last" not in page(corp, "UANA")
    clock.advance(seconds=6)
    await PendingGifts(corp.bot, {"slack": corp.channel}).look()
    await relayed(corp, clock)
    await until(lambda: "at last" in page(corp, "UANA"))


@pytest.mark.parametrize("failure", [Failure("ratelimited", 429), Failure(status=503), Failure(breaks=True)])
async def test_a_page_that_slack_did_not_take_is_soon_drawn_again(corp: SlackBot, failure: Failure) -> None:
    corp.slack.fail("views.publish", failure, *([failure] if failure.breaks else []))
    await corp.says(requests.home_opened("UANA"))
    await until(lambda: page(corp, "UANA"))


async def test_an_older_picture_is_not_shown_over_a_newer_one(corp: SlackBot) -> None:
    await corp.says(requests.home_opened("UANA"))
    corp.slack.gate.hold("views.publish")
    looks = [asyncio.create_task(corp.says(requests.home_opened("UANA")))]
    await until(lambda: len(corp.slack.called("views.publish")) > 1)
    await elsewhere(corp, "kudos @Ana so kind", "1")
    looks.append(asyncio.create_task(corp.says(requests.home_opened("UANA"))))
    corp.slack.gate.let_go()
    await asyncio.gather(*looks)
    assert "so kind" in page(corp, "UANA")
