"""Thanks by an emoji on a colleague's message, where the organisation has chosen one."""

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from engine.admin.settings import change_setting
from engine.db.connection import SessionFactory
from tests.conftest import NOW, Clock
from tests.databases import both_databases
from tests.journeys.slack.corporation import all_given, corporation, standing
from tests.platforms import slack_requests as requests
from tests.platforms.slack import Failure, permalink
from tests.platforms.slack_bot import KEY, Json, SlackBot, words_of
from tests.waiting import until

TS = "1772441000.000100"


async def choose(writing: SessionFactory, **values: str) -> None:
    async with writing.begin() as session:
        for name, value in values.items():
            await change_setting(session, name, value, NOW, actor=None, origin="cli")


class Later:
    """The moments after, which come when the test says so."""

    def __init__(self) -> None:
        self.comes = asyncio.Event()

    async def __call__(self, _seconds: float) -> None:
        await self.comes.wait()


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock, later: Later) -> AsyncIterator[SlackBot]:
    await choose(writing, kudos_reaction="clap")
    async with corporation(writing, reading, clock, later) as bot:
        yield bot
        later.comes.set()


@pytest.fixture
def spoken(corp: SlackBot) -> Json:
    """Bob's message, with Ana's emoji on it."""
    on_it = [{"name": "clap::skin-tone-2", "users": ["UANA", "UGUS", "U0NOBODY", "UBOB"], "count": 4}]
    return corp.slack.say("C01GEN", TS, "UBOB", "We fixed <@UEVA>'s login", reactions=on_it)


@both_databases
async def test_it_thanks_the_author_in_private(
    corp: SlackBot, spoken: Json, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    put = requests.reaction(spoken, user="UANA")
    await asyncio.gather(*(corp.says(put) for _ in range(3)))
    assert await standing(reading) == [("Bob Ray", "“We fixed Eva Sun's login”")]
    assert corp.slack.ephemerals == [], "what is done needs no words"
    await Relay(writing, reading, {"slack": corp.channel}, clock, Random(1), MemoryRateLimiter(clock), KEY).drain()
    assert corp.slack.posted("C01GEN") == [], "the emoji is there for all to see already"
    (news,) = corp.slack.posted("DBOB")
    assert permalink("C01GEN", TS) in words_of(news["blocks"])


@both_databases
async def test_taking_it_away_takes_the_thanks_back(corp: SlackBot, spoken: Json, reading: SessionFactory) -> None:
    await corp.says(requests.reaction(spoken, user="UANA", emoji="clap::skin-tone-2"))
    away = requests.reaction(spoken, user="UANA", taken_away=True)
    await asyncio.gather(*(corp.says(away) for _ in range(3)))
    assert await standing(reading) == []
    assert len(corp.slack.ephemerals) == 1
    await corp.says(requests.reaction(spoken, user="UANA"))
    assert len(await standing(reading)) == 1, "a change of mind is allowed"


@both_databases
async def test_in_two_tones_it_thanks_once(corp: SlackBot, spoken: Json, reading: SessionFactory) -> None:
    tones = (f"clap::skin-tone-{number}" for number in range(2, 7))
    await asyncio.gather(*(corp.says(requests.reaction(spoken, user="UANA", emoji=tone)) for tone in tones))
    assert len(await standing(reading)) == 1


async def test_put_there_again_after_its_minutes_it_thanks_once(
    corp: SlackBot, spoken: Json, reading: SessionFactory, clock: Clock
) -> None:
    await corp.says(requests.reaction(spoken, user="UANA"))
    clock.advance(minutes=11)
    await corp.says(requests.reaction(spoken, user="UANA", taken_away=True))
    await corp.says(requests.reaction(spoken, user="UANA"))
    assert len(await standing(reading)) == 1


async def test_a_mind_that_changes_at_once(corp: SlackBot, spoken: Json, reading: SessionFactory, later: Later) -> None:
    corp.slack.gate.hold("reactions.get")
    put = asyncio.create_task(corp.says(requests.reaction(spoken, user="UANA")))
    await until(lambda: corp.slack.called("reactions.get"))
    await corp.says(requests.reaction(spoken, user="UANA", taken_away=True))
    corp.slack.gate.let_go()
    await put
    assert len(await standing(reading)) == 1
    later.comes.set()
    await corp.channel.stop()
    assert await standing(reading) == []


async def test_what_is_too_late_to_take_back_stays(
    corp: SlackBot, spoken: Json, reading: SessionFactory, clock: Clock
) -> None:
    await corp.says(requests.reaction(spoken, user="UANA"))
    clock.advance(minutes=11)
    await corp.says(requests.reaction(spoken, user="UANA", taken_away=True))
    assert len(await standing(reading)) == 1
    assert "10 minutes" in corp.slack.ephemerals[0]["text"]


async def test_a_refusal_is_told_once_and_to_the_person_alone(
    corp: SlackBot, spoken: Json, writing: SessionFactory, reading: SessionFactory
) -> None:
    await choose(writing, kudos_per_pair_per_day="1")
    await corp.says(requests.command("/kudos", "<@UBOB> thanks", user="UANA"))
    put = requests.reaction(spoken, user="UANA")
    for _ in range(3):
        await corp.says(put)
    (said,) = corp.slack.ephemerals
    assert (said["channel"], said["user"]) == ("C01GEN", "UANA")
    assert "once a day" in said["text"]
    assert "login" not in words_of(said["blocks"])
    assert await all_given(reading) == 1


@pytest.mark.parametrize(
    ("user", "emoji"),
    [("UBOB", "clap"), ("UANA", "tada"), ("UGUS", "clap"), ("U0NOBODY", "clap"), ("UEVA", "clap")],
    ids=["oneself", "another emoji", "a guest", "a stranger", "gone meanwhile"],
)
async def test_everything_else_is_left_in_peace(
    corp: SlackBot, spoken: Json, reading: SessionFactory, user: str, emoji: str
) -> None:
    await corp.says(requests.reaction(spoken, user=user, emoji=emoji))
    await corp.says(requests.reaction(spoken, user=user, emoji=emoji, taken_away=True))
    assert await all_given(reading) == 0
    assert corp.slack.ephemerals == []


async def test_a_bots_message_is_left_in_peace(corp: SlackBot, spoken: Json, reading: SessionFactory) -> None:
    corp.slack.said[("C01GEN", TS)] |= {"bot_id": "B1"}
    await corp.says(requests.reaction(spoken, user="UANA"))
    assert await all_given(reading) == 0
    assert corp.slack.ephemerals == []


async def test_a_picture_without_words_is_applauded(corp: SlackBot, spoken: Json, reading: SessionFactory) -> None:
    corp.slack.said[("C01GEN", TS)] |= {"text": ""}
    await corp.says(requests.reaction(spoken, user="UANA"))
    assert await standing(reading) == [("Bob Ray", "👏")]


async def test_it_is_off_by_itself(
    corp: SlackBot, spoken: Json, writing: SessionFactory, reading: SessionFactory
) -> None:
    await choose(writing, kudos_reaction="off")
    await corp.says(requests.reaction(spoken, user="UANA"))
    assert await all_given(reading) == 0
    assert corp.slack.called("reactions.get") == []


@pytest.mark.parametrize("failure", [Failure("ratelimited", 429), Failure(status=503), Failure("internal_error")])
async def test_what_slack_cannot_show_now_comes_again(
    corp: SlackBot, spoken: Json, reading: SessionFactory, failure: Failure
) -> None:
    corp.slack.fail("reactions.get", failure)
    put = requests.reaction(spoken, user="UANA")
    assert (await corp.sends(put)).status == 500
    assert (await corp.sends(put, **{"X-Slack-Retry-Num": "1"})).status == 200
    assert await all_given(reading) == 1


@pytest.mark.parametrize("code", ["missing_scope", "message_not_found", "channel_not_found"])
async def test_what_slack_never_shows_is_left(corp: SlackBot, spoken: Json, reading: SessionFactory, code: str) -> None:
    corp.slack.fail("reactions.get", Failure(code))
    await corp.says(requests.reaction(spoken, user="UANA"))
    assert await all_given(reading) == 0
