"""`@ana ++ for the fix` is kudos where a person is meant, and nothing anywhere else."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.dialogs.commands import ALL_COMMANDS
from engine.db.connection import SessionFactory
from engine.kudos.models import Kudos
from tests import people
from tests.conftest import Clock
from tests.platforms import slack_requests as requests
from tests.platforms.slack_bot import SlackBot, slack_bot


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    async with writing.begin() as session:
        for name in ("Ana López", "Bob Ray", "Eva Sun"):
            await people.add(session, name)
    async with slack_bot(writing, reading, clock, ALL_COMMANDS) as bot:
        yield bot


async def given(reading: SessionFactory) -> list[str]:
    async with reading() as session:
        return list(await session.scalars(select(Kudos.words)))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("<@UBOB> ++ for the fix", "for the fix"),
        ("<@UBOB>++ for the fix", "for the fix"),
        ("<@UBOB>++, you are great", "you are great"),
        ("<@UBOB>, ++ for the fix", "for the fix"),
        ("<@UBOB>: ++ for the fix", "for the fix"),
        ("@bob ++ for the fix", "for the fix"),
        ("<@UBOB>++ <@UEVA>++ for c++", "for c++"),
        ("<@UBOB> <@UEVA> ++ well done", "well done"),
        ("great work <@UBOB>++", "great work"),
        ("kudos <@UBOB> for c++", "for c++"),
    ],
)
async def test_it_is_kudos(corp: SlackBot, reading: SessionFactory, line: str, words: str) -> None:
    await corp.says(requests.event(requests.message(line, user="UANA")))
    assert await given(reading) == [words]


async def test_where_the_bot_is_addressed_too(corp: SlackBot, reading: SessionFactory) -> None:
    await corp.says(requests.event(requests.mention("<@U0LAUREL> <@UBOB>++ for the fix", user="UANA")))
    assert await given(reading) == ["for the fix"]


@pytest.mark.parametrize(
    "line",
    [
        "c++ is a language",
        "we need c++ here",
        "2026-11-21++ is a day",
        "see <https://x.test/@bob++> please",
        "`@bob++` is code",
        "i++ and then <@UBOB>",
        "count ++ <@UBOB>",
        "points ++",
    ],
)
async def test_nothing_else_fires(corp: SlackBot, reading: SessionFactory, line: str) -> None:
    await corp.says(requests.event(requests.message(line, user="UANA")))
    assert await given(reading) == []


@pytest.mark.parametrize("line", ["<@UBOB>+++ wow", "<@UBOB> ++i", "<@UBOB>+1", "<@UBOB> + + x"])
async def test_what_only_looks_like_it_stays_among_the_words(
    corp: SlackBot, reading: SessionFactory, line: str
) -> None:
    """To begin with somebody is kudos in any case; nothing is cut off the words then."""
    await corp.says(requests.event(requests.message(line, user="UANA")))
    assert "+" in (await given(reading))[0]


async def test_nobody_is_guessed(corp: SlackBot, reading: SessionFactory) -> None:
    await corp.says(requests.event(requests.message("@zoe ++ for the fix", user="UANA")))
    assert await given(reading) == []
    (said,) = corp.slack.posted("D0ANA")
    assert "zoe" in said["text"]
