"""Slack does not say in time who somebody is: the gift waits, and then it is celebrated where it was asked for."""

from collections.abc import AsyncIterator
from random import Random

import pytest
from sqlalchemy import delete, update

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from engine.db.connection import SessionFactory
from engine.people.models import Identity
from engine.rewards.models import Reward
from tests import rewards
from tests.conftest import Clock
from tests.journeys.pending.late_gifts import RULES, badges, look
from tests.journeys.slack.corporation import all_given, corporation, standing
from tests.platforms import slack_requests as requests
from tests.platforms.slack import Failure
from tests.platforms.slack_bot import KEY, Json, SlackBot, words_of
from tests.waiting import until

BUSY = Failure("ratelimited", 429, {"Retry-After": "1"})


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    """Bob was never met on Slack."""
    async with corporation(writing, reading, clock) as bot:
        async with writing.begin() as session:
            await session.execute(delete(Identity).where(Identity.external_id.in_(["UBOB", "bob"])))
        await bot.says(requests.command("/points", "", user="UANA"))
        yield bot


async def wait(corp: SlackBot, clock: Clock, seconds: int) -> None:
    await look(corp.bot, corp.channel, clock, seconds)
    relay = Relay(
        corp.bot.writing, corp.bot.reading, {"slack": corp.channel}, clock, Random(1), MemoryRateLimiter(clock), KEY
    )
    await relay.drain()


async def test_a_command_waits_and_is_celebrated_in_its_place(
    corp: SlackBot, reading: SessionFactory, clock: Clock
) -> None:
    corp.slack.fail("users.info", BUSY)
    answer = await corp.says(requests.command("/kudos", "<@UBOB|bob> thanks a lot", user="UANA"))
    assert "I am looking up who" in answer["text"]
    assert answer["response_type"] == "ephemeral"
    assert await all_given(reading) == 0
    await wait(corp, clock, 5)
    assert await standing(reading) == [("Bob Ray", "thanks a lot")]
    (celebration,) = corp.slack.posted("C01GEN")
    assert "Bob Ray" in words_of(celebration) or "UBOB" in words_of(celebration)
    (told,) = corp.slack.posted("DANA")
    assert "You thanked" in words_of(told)
    undo = told["blocks"][-1]["elements"][0]
    assert undo["type"] == "button"


async def test_a_group_that_slack_did_not_tell_about_waits_too(
    corp: SlackBot, reading: SessionFactory, clock: Clock
) -> None:
    corp.slack.groups["S0DEVS"] = ["UBOB", "UEVA"]
    corp.slack.fail("usergroups.users.list", BUSY)
    answer = await corp.says(requests.command("/kudos", "<!subteam^S0DEVS|@devs> thanks a lot", user="UANA"))
    assert "devs" in answer["text"]
    assert "S0DEVS" not in words_of(answer)
    await wait(corp, clock, 5)
    assert await standing(reading) == [("Bob Ray", "thanks a lot"), ("Eva Sun", "thanks a lot")]


async def test_words_come_back_where_slack_never_tells(corp: SlackBot, reading: SessionFactory, clock: Clock) -> None:
    corp.slack.fail("users.info", *[BUSY] * 4)
    await corp.says(requests.command("/kudos", "<@UBOB|bob> thanks a lot", user="UANA"))
    await wait(corp, clock, 60)
    (told,) = corp.slack.posted("DANA")
    assert "could not find out" in words_of(told)
    assert "thanks a lot" in words_of(told)
    assert await all_given(reading) == 0


async def test_what_was_given_late_is_taken_back_with_its_message(
    corp: SlackBot, reading: SessionFactory, clock: Clock
) -> None:
    spoken = await mention(corp, clock)
    await wait(corp, clock, 5)
    assert await standing(reading) == [("Bob Ray", "thanks a lot")]
    await corp.says(requests.deletion(spoken | {"type": "message"}))
    assert await standing(reading) == []
    assert await all_given(reading) == 1


async def test_what_waits_is_forgotten_with_its_message(corp: SlackBot, reading: SessionFactory, clock: Clock) -> None:
    spoken = await mention(corp, clock)
    await corp.says(requests.deletion(spoken | {"type": "message"}))
    await wait(corp, clock, 60)
    assert await all_given(reading) == 0
    assert corp.slack.posted("DANA") == []


async def test_a_badge_waits_and_is_given_with_its_points(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    await offer(writing)
    answer = await badge(corp)
    assert "I am looking up who" in answer["text"]
    assert await badges(reading) == []
    await wait(corp, clock, 5)
    assert await badges(reading) == [("for jumping in", 10)]
    (celebration,) = corp.slack.posted("C01GEN")
    assert "Team Player" in words_of(celebration)
    await wait(corp, clock, 60)
    assert len(await badges(reading)) == len(corp.slack.posted("C01GEN")) == 1


@pytest.mark.parametrize(
    "rules",
    RULES,
)
async def test_a_badge_that_waits_is_refused_by_its_own_rules(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory, clock: Clock, rules: dict[str, object]
) -> None:
    reward_id = await offer(writing)
    await badge(corp)
    async with writing.begin() as session:
        await session.execute(update(Reward).where(Reward.id == reward_id).values(**rules))
    await wait(corp, clock, 5)
    (told,) = corp.slack.posted("DANA")
    assert "Team Player for jumping in" in words_of(told), "the words come back"
    assert await badges(reading) == []
    assert corp.slack.posted("C01GEN") == []


async def offer(writing: SessionFactory) -> int:
    async with writing.begin() as session:
        return (await rewards.add(session, "Team Player")).id


async def badge(corp: SlackBot) -> Json:
    """Ana gives Bob a badge, and Slack does not say who he is."""
    corp.slack.fail("users.info", BUSY)
    return await corp.says(requests.command("/badge", "<@UBOB|bob> Team Player for jumping in", user="UANA"))


async def mention(corp: SlackBot, clock: Clock) -> Json:
    """Ana thanks Bob in a channel; Slack brings it three times."""
    corp.slack.fail("users.info", BUSY)
    said = "<@U0LAUREL> <@UBOB> thanks a lot"
    spoken = requests.mention(said, user="UANA", channel="C01GEN", ts=f"{clock().timestamp():.6f}")
    for _ in range(3):
        await corp.says(requests.event(spoken))
    await until(lambda: corp.slack.ephemerals)
    return spoken
