"""Codes by e-mail: the letter, what a server may answer, and the whole way of somebody who is known nowhere yet."""

import re
from collections.abc import AsyncIterator
from random import Random

import pytest

from bot.cards.accounts import build_link_code_card
from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from bot.dialogs.commands import ALL_COMMANDS
from bot.dispatch.conversation_store import TableConversationStore
from bot.dispatch.dispatcher import Bot
from bot.i18n.catalog import LANGUAGES
from bot.i18n.copy import Copy
from bot.protocol.channel import Destination, DestinationGone, Misconfigured, RetryLater
from bot.protocol.elements import Card, Facts, Mention, Meter, Person, Picture, Quote, Table, Text
from bot.protocol.turns import Command, Say, Source
from channels.email.adapter import Email
from channels.email.config import Mailbox
from channels.email.render import render_email
from channels.server.environment import Environment
from engine.db.connection import SessionFactory
from engine.outbox.publishing import publish_announcement
from engine.people.models import Person as Colleague
from tests.conftest import Clock
from tests.platforms.smtp import FakeSmtp

KEY = b"a key for the tests"
CARD = Card("Your code", "Your code", (Text(("link ABCD-2345",)),))
ANA = Destination("", "ana@corp.test", direct=True)


@pytest.fixture
async def server() -> AsyncIterator[FakeSmtp]:
    async with FakeSmtp() as fake:
        yield fake


def mail(server: FakeSmtp, **more: str) -> Email:
    mailbox = Mailbox("127.0.0.1", server.port, "Laurel <laurel@corp.test>", security="none", **more)
    return Email(mailbox, Clock())


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_letter(server: FakeSmtp, language: str) -> None:
    copy = Copy(language)
    ref = await mail(server).post(ANA, build_link_code_card("ABCD2345", "telegram", copy))
    [(to, sent)] = server.letters
    assert to == "ana@corp.test"
    assert sent["From"] == "Laurel <laurel@corp.test>"
    assert sent["To"] == "ana@corp.test"
    assert sent["Subject"] == copy.line("link.code_title")
    assert sent["Message-ID"] == ref["id"]
    assert sent["Date"]
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent.get_content_type() == "text/plain"
    text = sent.get_content()
    assert "link ABCD-2345" in text
    assert "Telegram" in text
    assert copy.line("link.code_not_you") in text
    assert "http" not in text


async def test_a_letter_is_not_changed(server: FakeSmtp) -> None:
    with pytest.raises(DestinationGone):
        await mail(server).edit(ANA, {"id": "x"}, CARD)
    assert server.letters == []


@pytest.mark.parametrize(
    ("verb", "answer", "meaning"),
    [
        ("RCPT", "550 no such user", DestinationGone),
        ("RCPT", "450 mailbox busy", RetryLater),
        ("MAIL", "553 not from you", Misconfigured),
        ("MAIL", "421 too many connections", RetryLater),
        ("DATA", "554 we do not like this letter", DestinationGone),
        ("DATA", "451 come again", RetryLater),
    ],
)
async def test_what_a_server_may_answer(server: FakeSmtp, verb: str, answer: str, meaning: type[Exception]) -> None:
    server.answers[verb] = answer
    with pytest.raises(meaning):
        await mail(server).post(ANA, CARD)
    assert server.letters == []
    await mail(server).post(ANA, CARD)
    assert len(server.letters) == 1


async def test_an_address_that_few_servers_take_stops_nobody_elses_letters(server: FakeSmtp) -> None:
    with pytest.raises(DestinationGone):
        await mail(server).post(Destination("", "añá@corp.test", direct=True), CARD)
    await mail(server).post(ANA, CARD)
    assert len(server.letters) == 1


async def test_a_password(server: FakeSmtp) -> None:
    server.password = "secret"  # noqa: S105 - of the fake
    await mail(server, user="laurel", password=server.password).post(ANA, CARD)
    with pytest.raises(Misconfigured):
        await mail(server, user="laurel", password="other").post(ANA, CARD)  # noqa: S106
    assert len(server.letters) == 1


async def test_a_server_that_is_away_may_come_back(server: FakeSmtp) -> None:
    nowhere = Mailbox("127.0.0.1", 1, "laurel@corp.test", security="none")
    with pytest.raises(OSError):
        await Email(nowhere, Clock()).post(ANA, CARD)


async def test_a_server_without_encryption_gets_nothing(server: FakeSmtp) -> None:
    mailbox = Mailbox("127.0.0.1", server.port, "laurel@corp.test", security="starttls")
    with pytest.raises(Misconfigured):
        await Email(mailbox, Clock()).post(ANA, CARD)
    assert server.letters == []


def test_every_part_of_a_card_is_text() -> None:
    parts = (
        Text(("words",)),
        Quote("one\ntwo"),
        Facts((("name", ("value",)),)),
        Table(("a", "b"), ((("1",), ("2",)),)),
        Person(Mention("Ana"), "Sales"),
        Meter("half", 1, 2),
        Picture("https://laurel.test/x.png", "a laurel"),
    )
    text = render_email(Card("A\r\nBcc: eve@evil.test", "", parts), sender="l@corp.test", to="a@corp.test")
    assert text["Bcc"] is None
    for words in ("words", "> one\n> two", "name: value", "a | b\n1 | 2", "Ana Sales", "half: 1/2", "a laurel"):
        assert words in text.get_content()


async def test_who_is_known_nowhere_comes_in_by_mail(
    server: FakeSmtp, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with writing.begin() as session:
        now = clock()
        session.add(Colleague(email="new@corp.test", display_name="New Nia", created_at=now, updated_at=now))
    bot = Bot(writing, reading, TableConversationStore(writing, reading, clock), ALL_COMMANDS, clock, KEY, by_mail=True)
    relay = Relay(writing, reading, {"email": mail(server)}, clock, Random(1), MemoryRateLimiter(clock), KEY)

    async def say(line: str, message: str) -> str:
        reply = await bot.handle(Command(Source("telegram", "", "42", message, "42", private=True), "", (line,)))
        assert isinstance(reply, Say)
        return reply.card.summary

    asked = await say("link NEW@corp.test", "m1")
    assert asked == Copy("en").line("link.sent", count=15)
    assert await say("link nobody@corp.test", "m2") == asked
    await say("link new@corp.test", "m3")
    await relay.drain()
    assert {to for to, _ in server.letters} == {"new@corp.test"}
    found = re.search(r"link (\S+)\.", server.letters[-1][1].get_content())
    assert found
    assert await say(f"link {found[1]}", "m4") == Copy("en").line("link.done", name="New Nia")
    await relay.drain()
    assert len(server.letters) == 2, "a letter is not sent again when the code is used"
    async with writing.begin() as session:
        person = await session.get_one(Colleague, 1)
        await publish_announcement(session, "notice", 1, clock(), place_id=None, everywhere=False, people=[person.id])
    await relay.drain()
    assert len(server.letters) == 2, "news do not go by mail"


def settings(**values: object) -> Environment:
    return Environment(_env_file=None, database_url="sqlite:///x.db", redis_url="", redis_host="", **values)


def test_the_deployments_words() -> None:
    assert Mailbox.of(settings()) is None
    named = Mailbox.of(settings(smtp_host="mail.test", smtp_from="l@corp.test", smtp_tls="tls", smtp_password="s3cret"))
    assert named
    assert (named.host, named.port, named.security) == ("mail.test", 465, "tls")
    assert "s3cret" not in repr(named)
    with pytest.raises(ValueError, match="SMTP_HOST and SMTP_FROM"):
        settings(smtp_host="mail.test")
