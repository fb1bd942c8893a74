"""`@ana ++ for the fix` is kudos where a person is meant, and nothing anywhere else."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.dialogs.commands import ALL_COMMANDS
from engine.db.connection import SessionFactory
from engine.kudos.models import Kudos, KudosReceiver
from engine.people.models import Person
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


TWO = "<@UBOB> ++ for the fix\nof *all* of it\n<@UEVA> and <@UANA2>: ++ for the plan\n@bob ++ once more"


async def all_given(reading: SessionFactory) -> list[tuple[str, str]]:
    """Who has been thanked, and for what, as far as it stands."""
    async with reading() as session:
        rows = await session.execute(
            select(Person.display_name, Kudos.words)
            .join(KudosReceiver, KudosReceiver.receiver_id == Person.id)
            .join(Kudos, Kudos.id == KudosReceiver.kudos_id)
            .where(Kudos.undone_at.is_(None))
            .order_by(Kudos.id, KudosReceiver.position)
        )
        return [(name, words) for name, words in rows]


@pytest.mark.parametrize("channel", ["C01GEN", "D0ANA"])
async def test_each_line_with_its_own_receiver_is_its_own_thanks(
    corp: SlackBot, writing: SessionFactory, reading: SessionFactory, clock: Clock, channel: str
) -> None:
    """Given once each however often Slack brings the message, and taken back with it."""
    async with writing.begin() as session:
        await people.add(session, "Ana2 Mar")
    spoken = requests.message(TWO, user="UANA", channel=channel, ts=f"{clock().timestamp():.6f}")
    if channel == "C01GEN":
        spoken |= {"type": "app_mention", "text": f"<@U0LAUREL> {TWO}"}
    for _ in range(2):
        await corp.says(requests.event(spoken))
    assert await all_given(reading) == [
        ("Bob Ray", "for the fix\nof *all* of it"),
        ("Eva Sun", "for the plan"),
        ("Ana2 Mar", "for the plan"),
        ("Bob Ray", "once more"),
    ]
    await corp.says(requests.deletion(spoken | {"type": "message"}))
    assert await all_given(reading) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("<@UBOB> ++ for the fix\nand <@UEVA> helped", ["for the fix\nand UEVA helped"]),
        ("<@UBOB> ++ use this:\n```\n<@UEVA> ++\n```", ["use this:\n```\nUEVA ++\n```"]),
        ("kudos <@UBOB> for\n<@UEVA> ++", ["for\nUEVA ++"]),
        ("<@UBOB> ++ line\n" * 21, []),
    ],
)
async def test_other_lines_are_words(corp: SlackBot, reading: SessionFactory, line: str, words: list[str]) -> None:
    await corp.says(requests.event(requests.message(line, user="UANA")))
    assert [said.replace("Eva Sun", "UEVA") for said in await given(reading)] == words
