"""Posts and edits outside a turn, and what the connector's errors mean to the relay."""

import pytest

from bot.i18n.copy import Copy
from bot.protocol.channel import DeliveryUncertain, Destination, DestinationGone, Misconfigured, Rejected, RetryLater
from bot.protocol.elements import Button, Card, Mention, Quote, Text
from channels.teams.connector.client import TeamsCallFailed
from engine.db.connection import SessionFactory
from tests.conftest import Clock
from tests.platforms.teams import BOT, TENANT, Failure, FakeTeams
from tests.platforms.teams_bot import TeamsBot, teams_bot
from tests.platforms.teams_requests import GENERAL
from tests.waiting import until


@pytest.fixture
def backend() -> str:
    """The wire is the same over every database."""
    return "sqlite"


@pytest.mark.parametrize(
    ("failure", "meaning"),
    [
        (Failure(429, "Throttled", {"Retry-After": "7"}), RetryLater),
        (Failure(429, "Throttled", {"Retry-After": "soon"}), RetryLater),
        (Failure(403, "MessageWritesBlocked"), DestinationGone),
        (Failure(404, "ConversationNotFound"), DestinationGone),
        (Failure(403, "BotDisabledByAdmin"), Misconfigured),
        (Failure(412), TeamsCallFailed),
        (Failure(500), DeliveryUncertain),
        (Failure(502), ConnectionError),
        (Failure(breaks=True), ConnectionResetError),
    ],
)
async def test_what_the_connector_says_has_a_meaning(
    in_teams: TeamsBot, failure: Failure, meaning: type[Exception]
) -> None:
    to = Destination(TENANT, GENERAL, details={"service_url": in_teams.teams.service_url, "bot": BOT})
    in_teams.teams.fail("send", failure)
    with pytest.raises(meaning):
        await in_teams.channel.post(to, Card("Hello", "Hello"))


async def test_a_server_that_is_not_the_platforms_never_gets_our_token(in_teams: TeamsBot) -> None:
    for details in ({"service_url": "https://evil.example/"}, {}):
        with pytest.raises(DestinationGone):
            await in_teams.channel.post(Destination(TENANT, GENERAL, details=details), Card("Hello", "Hello"))


async def test_a_refused_login_is_an_administrators_matter(
    teams: FakeTeams, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with teams_bot(writing, reading, clock, teams, secret="wrong", tenant="our-own") as chat:
        to = Destination(TENANT, GENERAL, details={"service_url": teams.service_url})
        with pytest.raises(Misconfigured):
            await chat.channel.post(to, Card("Hello", "Hello"))
        assert chat.channel.trouble()
    assert teams.called("token")[0]["tenant"] == "our-own"


@pytest.mark.parametrize("status", [400, 405])
async def test_what_cannot_be_edited_is_told(in_teams: TeamsBot, status: int) -> None:
    to = Destination(TENANT, GENERAL, details={"service_url": in_teams.teams.service_url})
    ref = await in_teams.channel.post(to, Card("Hello", "Hello"))
    in_teams.teams.fail("update", Failure(status, "BadArgument"))
    with pytest.raises(Rejected, match="BadArgument"):
        await in_teams.channel.edit(to, ref, Card("Bye", "Bye"))


@pytest.mark.parametrize("down", [Failure(503), Failure(breaks=True)])
async def test_without_a_token_nothing_was_sent(in_teams: TeamsBot, down: Failure) -> None:
    to = Destination(TENANT, GENERAL, details={"service_url": in_teams.teams.service_url})
    await until(lambda: in_teams.channel.trouble() is None)
    in_teams.channel.connector.credentials.forget()
    in_teams.teams.fail("token", down)
    with pytest.raises(ConnectionError):
        await in_teams.channel.post(to, Card("Hello", "Hello"))
    assert in_teams.teams.called("send") == []


async def test_a_message_that_was_deleted_is_left_alone(in_teams: TeamsBot) -> None:
    to = Destination(TENANT, GENERAL, details={"service_url": in_teams.teams.service_url})
    ref = await in_teams.channel.post(to, Card("Hello", "Hello"))
    await in_teams.channel.edit(to, ref, Card("Bye", "Bye"))
    assert "Bye" in in_teams.words(GENERAL)[0]
    in_teams.teams.messages.clear()
    await in_teams.channel.edit(to, ref, Card("Hello", "Hello"))


TOO_LARGE = [Failure(413, "MessageSizeTooBig"), Failure(413), Failure(400, "MessageSizeTooBig")]


@pytest.mark.parametrize("refused", TOO_LARGE)
async def test_a_card_that_is_too_large_is_said_in_less(in_teams: TeamsBot, refused: Failure) -> None:
    to = Destination(TENANT, GENERAL, details={"service_url": in_teams.teams.service_url})
    receivers = Copy("en").names(Mention(f"Person {n}", n) for n in range(58))
    body = (Text(("Ana thanked ", *receivers)), Quote("at length " * 400))
    card = Card("Thanks", "Ana thanked many", body, (Button("Undo", "undo.kudos-1.abc"),))
    in_teams.teams.fail("send", refused)
    ref = await in_teams.channel.post(to, card)
    [said] = in_teams.words(GENERAL)
    for words in ("Ana thanked Person 0, Person 1", "… and 48 more", "at length at length", "Undo"):
        assert words in said
    assert len(said) < 1000
    in_teams.teams.fail("update", refused)
    await in_teams.channel.edit(to, ref, card)
    assert in_teams.words(GENERAL) == [said]
    assert len(in_teams.teams.called("send")) == len(in_teams.teams.called("update")) == 2, "once more, and not again"


async def test_a_celebration_that_is_too_large_is_shown_and_never_parked(in_teams: TeamsBot, clock: Clock) -> None:
    in_teams.teams.fail(f"send:{GENERAL};messageid=1", TOO_LARGE[0])
    await in_teams.says(f"<at>Laurel</at> kudos <at>Bob</at> {'thanks ' * 70}", at=f"{GENERAL};messageid=1")
    await in_teams.relay.drain()
    [celebration] = in_teams.words(GENERAL)
    assert "thanks thanks" in celebration
    assert await in_teams.relay.trouble() is None


async def test_where_not_even_less_is_taken_the_giver_hears_at_once(in_teams: TeamsBot, clock: Clock) -> None:
    in_teams.teams.fail(f"send:{GENERAL};messageid=1", *TOO_LARGE[:2])
    await in_teams.says("<at>Laurel</at> kudos <at>Bob</at> thanks a lot", at=f"{GENERAL};messageid=1")
    await in_teams.relay.drain()
    assert in_teams.words(GENERAL) == []
    assert "I could not show" in in_teams.alone("ana")[-1]
    clock.advance(hours=1)
    await in_teams.relay.drain()
    assert in_teams.words(GENERAL) == []
    assert await in_teams.relay.trouble() is None


async def test_an_answer_that_is_too_large_is_said_in_less_too(in_teams: TeamsBot) -> None:
    in_teams.teams.fail("send", TOO_LARGE[0])
    await in_teams.says("help", at="")
    [help_] = in_teams.alone("ana")
    assert "kudos" in help_
