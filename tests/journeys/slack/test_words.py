"""What people typed on Slack as words: the bot's address, links to channels, and people whom nobody here knows."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.dialogs.commands import ALL_COMMANDS
from bot.parsing.gift_text import find_hashtags
from bot.protocol.elements import Mention
from bot.protocol.turns import Command, Source, Submission, Words
from channels.slack.api import connect_slack, open_slack_session
from channels.slack.inbound.events import parse_slack_message
from channels.slack.inbound.text import parse_slack_text
from channels.slack.people.profiles import SlackProfiles
from channels.slack.workspaces.single import SingleWorkspace
from engine.db.connection import SessionFactory
from engine.kudos.models import Kudos
from tests import people
from tests.conftest import Clock
from tests.platforms import slack_requests as requests
from tests.platforms.slack import BOT, TEAM, TOKEN, Failure, FakeSlack
from tests.platforms.slack_bot import SlackBot, slack_bot, words_of
from tests.tables import each_row
from tests.time_limits import FAR_S

OWN, ANA, BOB = Mention(BOT, account=BOT), Mention("UANA", account="UANA"), Mention("UBOB", account="UBOB")
VERB_NAMES = frozenset({"kudos", "points", "help"})


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    """Ana and Bob are linked; Eva is a guest; the bot has a profile too."""
    async with writing.begin() as session:
        await people.add(session, "Ana López")
        await people.add(session, "Bob Ray")
    async with slack_bot(writing, reading, clock, ALL_COMMANDS) as bot:
        bot.slack.enrol(BOT, None, is_bot=True, profile={"display_name": "", "real_name": "Laurel"})
        bot.slack.enrol("UEVA", "eva@guest.test", is_restricted=True, profile={"display_name": "Eva G."})
        yield bot


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.enrol("UEVA", "eva@guest.test", is_restricted=True, profile={"display_name": "Eva G."})
        fake.enrol("UANA", "ana@corp.test")
        yield fake


@pytest.fixture
async def profiles(
    slack: FakeSlack, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> AsyncIterator[SlackProfiles]:
    client = connect_slack(TOKEN, slack.api_url, FAR_S)
    async with writing.begin() as session:
        await people.add(session, "Bob Ray")
    async with open_slack_session(client):
        yield SlackProfiles(SingleWorkspace(client), writing, reading, clock, FAR_S)


async def kept(reading: SessionFactory) -> list[str]:
    async with reading.begin() as session:
        return list(await session.scalars(select(Kudos.words)))


@each_row(
    ("text", "words"),
    [
        ("<@U0LAUREL> kudos <@UBOB> thanks", ("kudos ", BOB, " thanks")),
        ("<@U0LAUREL>, kudos <@UBOB> thanks", ("kudos ", BOB, " thanks")),
        ("<@U0LAUREL>: points", ("points",)),
        ("<@U0LAUREL>", ()),
        ("<@U0LAUREL> :tada: points", (":tada: points",)),
        ("<@U0LAUREL> <@UBOB> hi", (BOB, " hi")),
        ("<@U0LAUREL> kudos <@UBOB> for <@U0LAUREL> so well", ("kudos ", BOB, " for ", OWN, " so well")),
        ("hey <@U0LAUREL> kudos <@UBOB> thanks", ("kudos ", BOB, " thanks")),
        ("Good morning, dear <@U0LAUREL>, points", ("points",)),
        ("kudos <@U0LAUREL> <@UBOB> thanks", ("kudos ", BOB, " thanks")),
        ("/points <@U0LAUREL>", ("/points ",)),
        ("kudos <@UBOB> for building <@U0LAUREL> so well", ("kudos ", BOB, " for building ", OWN, " so well")),
        ("can anybody here ask <@U0LAUREL> that", ("can anybody here ask ", OWN, " that")),
        ("points", ("points",)),
        ("", ()),
    ],
)
def test_only_the_address_is_taken_out(text: str, words: Words) -> None:
    body = {"team_id": TEAM, "event": requests.mention(text, user="UANA")}
    assert parse_slack_message(body, BOT, VERB_NAMES)[0].words == words


def test_before_we_know_our_account_a_leading_mention_is_the_address() -> None:
    body = {"team_id": TEAM, "event": requests.mention("<@U0LAUREL> hi <@UBOB>", user="UANA")}
    assert parse_slack_message(body, "", VERB_NAMES)[0].words == ("hi ", BOB)
    body = {"team_id": TEAM, "event": requests.mention("hi <@UBOB>", user="UANA")}
    assert parse_slack_message(body, "", VERB_NAMES)[0].words == ("hi ", BOB)


async def test_the_bot_among_the_words_has_its_name(corp: SlackBot, reading: SessionFactory) -> None:
    said = "<@U0LAUREL> kudos <@UBOB> for building <@U0LAUREL> so well"
    await corp.says(requests.event(requests.mention(said, user="UANA")))
    assert await kept(reading) == ["for building Laurel so well"]


@each_row("link", ["<#C02FAR|far-channel>", "<#C09X>", "<#C09X|>"])
def test_a_link_to_a_channel_is_no_tag(link: str) -> None:
    (said,) = parse_slack_text(f"see {link} #teamwork")
    assert isinstance(said, str)
    assert find_hashtags(said) == ("teamwork",)
    assert "C0" not in said
    assert ("far-channel" in said) == ("far" in link)


async def test_nobody_reads_a_bare_account(corp: SlackBot, reading: SessionFactory) -> None:
    for unknown, name in (("UEVA", "Eva G."), ("UNOBODY", "somebody whom I cannot see")):
        answer = await corp.says(requests.command("/kudos", f"<@{unknown}> thanks", user="UANA"))
        assert unknown not in words_of(answer)
        assert name in answer["text"]
        await corp.says(requests.command("/kudos", f"<@UBOB> thanks to <@{unknown}> too", user="UANA"))
    assert await kept(reading) == ["thanks to Eva G. too", "thanks to ? too"]


async def test_what_slack_did_not_tell_is_told_apart(slack: FakeSlack, profiles: SlackProfiles) -> None:
    slack.fail("users.info", Failure(status=500), Failure("ratelimited", 429), Failure(status=503))
    mentions = tuple(Mention(a, account=a) for a in ("UX1", "UX2", "UEVA", "UNOBODY", "UBOB"))
    source = Source("slack", TEAM, "C01GEN", "1", "UANA")
    turn = await profiles.introduce(Command(source, "kudos", mentions))
    assert turn.source.unmet == {"UANA", "UX1", "UX2"}
    assert isinstance(turn, Command)
    assert [part.name for part in turn.words if isinstance(part, Mention)] == ["UX1", "UX2", "Eva G.", "?", "UBOB"]
    again = await profiles.introduce(Submission(source, "kudos", {"who": mentions[2:3]}))
    assert again.source.unmet == set()
    assert isinstance(again, Submission)
    assert again.answers["who"] == (Mention("Eva G.", account="UEVA"),)


async def test_where_nothing_could_be_read_everybody_is_unmet(slack: FakeSlack, profiles: SlackProfiles) -> None:
    slack.users["UANA"]["profile"] = "odd"
    turn = await profiles.introduce(Command(Source("slack", TEAM, "C01GEN", "1", "UANA"), "kudos", (BOB,)))
    assert turn.source.unmet == {"UANA", "UBOB"}
