"""A celebration that Slack took while its answer was lost: it is looked for; where that may not be, sent once more."""

from collections.abc import AsyncIterator
from random import Random

import pytest

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from bot.dialogs.commands import ALL_COMMANDS
from engine.db.connection import SessionFactory
from engine.outbox.places import Place, get_or_create_place
from tests import people
from tests.conftest import NOW, Clock
from tests.platforms import slack_requests as requests
from tests.platforms.slack import Failure, FakeSlack
from tests.platforms.slack_bot import KEY, SlackBot, slack_bot
from tests.waiting import until

CUTS = (Failure(acts=True, breaks=True), Failure(status=502, acts=True), Failure("fatal_error", acts=True))


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    async with writing.begin() as session:
        await people.add(session, "Ana López", direct_news=False)
        await people.add(session, "Bob Ray", direct_news=False)
        here = {"channel": "slack", "tenant": "T01CORP", "external_id": "C01GEN"}
        place_id = await get_or_create_place(session, name="general", now=NOW, **here)
        (await session.get_one(Place, place_id)).announces = True
    async with slack_bot(writing, reading, clock, ALL_COMMANDS) as bot:
        for name in ("ana", "bob"):
            bot.slack.enrol(f"U{name.upper()}", f"{name}@corp.test")
        yield bot


@pytest.fixture
def relay(corp: SlackBot, writing: SessionFactory, reading: SessionFactory, clock: Clock) -> Relay:
    return Relay(writing, reading, {"slack": corp.channel}, clock, Random(1), MemoryRateLimiter(clock), KEY)


async def drain_for(relay: Relay, clock: Clock, seconds: int) -> None:
    for _ in range(0, seconds, 5):
        clock.advance(seconds=5)
        await relay.drain()


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("readable", [True, False])
async def test_a_post_whose_answer_was_lost(corp: SlackBot, relay: Relay, clock: Clock, readable: bool) -> None:
    corp.slack.history_readable = readable
    for cut in CUTS:
        corp.slack.messages.clear()
        corp.slack.fail("chat.postMessage", cut, *(() if readable else (cut,) * 5))
        await corp.says(requests.command("/kudos", f"<@UBOB|bob> for {cut.status} {cut.error}", user="UANA"))
        await drain_for(relay, clock, 50)
        assert len(corp.slack.posted("C01GEN")) == 1, (cut, "at once")
        await drain_for(relay, clock, 3600)
        assert len(corp.slack.posted("C01GEN")) == (1 if readable else 2), (cut, "in an hour")
        corp.slack.failures.clear()
    parked = await relay.trouble() or ""
    assert ("parked" in parked) is not readable


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_scopes_that_are_missing_are_noted(
    writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    for granted, missing in (
        (None, ""),
        ("chat:write, channels:history,groups:history", ""),
        ("chat:write,channels:history", "groups:history"),
        ("", "channels:history groups:history"),
    ):
        async with FakeSlack(scopes=granted) as slack, slack_bot(writing, reading, clock, beside=slack) as bot:
            await until(lambda bot=bot: bot.channel.trouble() is None)
            assert (bot.channel.note() or "").endswith(missing), granted
            assert bool(bot.channel.note()) is bool(missing), granted
