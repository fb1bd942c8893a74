"""What people do on a phone that no manual foresees: typing at a summary, forwarding, pressing old buttons."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select, update

from engine.db.connection import SessionFactory
from engine.kudos.models import Kudos
from engine.people.models import Person
from tests import rewards
from tests.conftest import NOW, Clock
from tests.platforms import accessible
from tests.platforms import telegram_updates as updates
from tests.platforms.telegram import Failure
from tests.platforms.telegram_bot import GROUP, PEOPLE, STRANGER, TelegramBot, labels, link, sender, telegram_bot
from tests.time_limits import near
from tests.waiting import until

THANKS = "/kudos [Bob Roe](1002) thanks for the launch"


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[TelegramBot]:
    await link(writing)
    async with telegram_bot(writing, reading, clock) as driven:
        await until(lambda: driven.channel.trouble() is None)
        yield driven


@pytest.fixture
async def hurried(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[TelegramBot]:
    """One that lets Telegram go on at once."""
    await link(writing)
    async with telegram_bot(writing, reading, clock, times=near("telegram_answer_s")) as driven:
        await until(lambda: driven.channel.trouble() is None)
        yield driven


async def gifts(reading: SessionFactory) -> int:
    async with reading.begin() as session:
        return await session.scalar(select(func.count()).select_from(Kudos)) or 0


def nameless(email: str, department: str) -> Person:
    """One of several colleagues called Sam Hill."""
    known = {"display_name": "Sam Hill", "folded_name": "sam hill", "department": department, "email": email}
    return Person(created_at=NOW, updated_at=NOW, **known)


async def test_telegram_is_not_kept_waiting_where_it_takes_no_answer(hurried: TelegramBot) -> None:
    hurried.telegram.fail("sendMessage", Failure(hangs=True))
    await hurried.says("ana", "/points")
    await hurried.says("bob", "/points")
    await until(lambda: hurried.telegram.posted(PEOPLE["bob"][0]))


async def test_what_one_person_says_is_done_in_order(hurried: TelegramBot) -> None:
    hurried.telegram.fail("sendMessage", Failure(429, "Too Many Requests", {"retry_after": 1}))
    for line in ("/kudos", "Bob Roe", "thanks for the launch"):
        await hurried.sends(updates.message(line, sender("ana")))  # what is late may come again: a form waits for it
    await until(lambda: len(hurried.telegram.posted(PEOPLE["ana"][0])) == 3)
    assert "What was it like?" in hurried.text("ana")
    assert "Who would you like to thank? Bob Roe\nWhat for? thanks for the launch" in hurried.text("ana")


async def test_late_answers_are_sent_before_we_stop(
    writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    await link(writing)
    async with telegram_bot(writing, reading, clock, times=near("telegram_answer_s")) as corp:
        await until(lambda: corp.channel.trouble() is None)
        corp.telegram.gate.hold("sendMessage")
        await corp.says("ana", "/points")
        assert corp.telegram.messages == {}
        corp.telegram.gate.let_go()
        await corp.channel.stop()
        assert "points" in corp.text("ana")


async def test_the_same_message_under_another_update_is_answered_once(corp: TelegramBot) -> None:
    sent = await corp.says("ana", THANKS, GROUP)
    again = [sent | {"update_id": updates.update()["update_id"]} for _ in range(3)]
    await asyncio.gather(*map(corp.hears, again))
    assert len(corp.telegram.posted(PEOPLE["ana"][0])) == 1


async def test_a_poll_that_brings_several_waits_for_no_one(
    writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    await link(writing)
    async with telegram_bot(writing, reading, clock, mode="polling") as corp:
        corp.telegram.fail("sendMessage", Failure(hangs=True))
        corp.telegram.updates += [updates.message("/points", sender(who)) for who in ("ana", "bob", "carla")]
        await until(lambda: len(corp.telegram.messages) == 2)


async def test_a_press_on_no_message_is_answered(corp: TelegramBot) -> None:
    query = {"id": "77", "from": sender("ana"), "chat_instance": "1", "inline_message_id": "i", "data": "a.b.c"}
    await corp.hears(updates.update(callback_query=query))
    assert "no longer works" in corp.telegram.answered["77"]["text"]


async def test_words_that_somebody_forwards_are_not_their_own(corp: TelegramBot, reading: SessionFactory) -> None:
    origin = {"type": "user", "date": 1, "sender_user": sender("bob")}
    await corp.says("ana", "/kudos [Carla Díaz](1003) thanks", GROUP, forward_origin=origin)
    assert corp.telegram.messages == {}
    assert await gifts(reading) == 0


async def test_the_command_that_every_bot_knows_closes_the_form(corp: TelegramBot) -> None:
    await corp.says("ana", "/kudos")
    form = corp.last("ana")["message_id"]
    await corp.says("ana", "/cancel")
    assert corp.text("ana") == "Cancelled. Nothing was sent."
    assert labels(corp.telegram.messages[(PEOPLE["ana"][0], form)]) == []
    await corp.says("ana", "/cancel")
    assert corp.text("ana") == "There is nothing to cancel."
    await corp.says("ana", "points")
    assert "points" in corp.text("ana")


@pytest.mark.parametrize("line", ["ok", "yes, please", "send"])
async def test_words_at_the_end_of_a_form_bring_its_buttons_back(
    corp: TelegramBot, reading: SessionFactory, line: str
) -> None:
    await corp.says("ana", "/kudos [Bob Roe](1002)")
    await corp.says("ana", "thanks for the launch")
    for label in ("Skip", "Skip", "No"):
        await corp.presses("ana", label)
    await corp.says("ana", line)
    assert labels(corp.last("ana")) == ["Send", "Back", "Cancel"]
    assert await gifts(reading) == 0
    await corp.presses("ana", "Send")
    assert await gifts(reading) == 1


async def test_a_colleague_who_is_named_twice_is_one(corp: TelegramBot) -> None:
    await corp.says("ana", "/kudos")
    await corp.says("ana", "[Bob](1002), [Bobby](1002), bob, Zoltan")
    assert "So far: Bob Roe\n" in corp.text("ana") + "\n"
    assert [one for one in labels(corp.last("ana")) if "✓" in one] == ["✓ Bob Roe"]
    await corp.presses("ana", "Pick a contact…")
    (button,) = corp.telegram.below(PEOPLE["ana"][0])
    shared = {"request_id": button["request_users"]["request_id"], "users": [{"user_id": 1002}]}
    await corp.hears(updates.message("", sender("ana"), users_shared=shared))
    assert "Who would you like to thank? Bob Roe\n" in corp.text("ana")


async def test_a_stranger_who_is_mentioned_is_told_of_at_once(corp: TelegramBot) -> None:
    await corp.says("ana", "/kudos")
    await corp.says("ana", f"[Zoe]({STRANGER}), [Bob](1002)")
    assert "⚠️ I know no colleague called “Zoe”." in corp.text("ana")
    assert "So far: Bob Roe" in corp.text("ana")


async def test_no_two_buttons_are_called_the_same(corp: TelegramBot, writing: SessionFactory) -> None:
    name = "A badge with a very long name which never seems to come to its end, number "
    async with writing.begin() as session:
        for number, department in enumerate(("Design", "Support", "Support")):
            session.add(nameless(f"hill{number}@corp.test", department))
        for number in range(3):
            await rewards.add(session, f"{name}{number}")
    await corp.says("ana", "/kudos")
    await corp.says("ana", "Sam")
    assert accessible.of_telegram(corp.last("ana")) == []
    support = [one for one in labels(corp.last("ana")) if "Support" in one]
    assert len(support) == 2
    await corp.presses("ana", support[0])
    assert accessible.of_telegram(corp.last("ana")) == []
    await corp.says("ana", "/badge [Bob Roe](1002)")
    assert accessible.of_telegram(corp.last("ana")) == []


async def test_help_writes_commands_as_telegram_does(corp: TelegramBot) -> None:
    await corp.says("ana", "/help")
    assert "/points" in corp.text("ana")
    assert "Press a command" in corp.text("ana")
    corp.telegram.started.add(STRANGER)
    await corp.hears(updates.message("/start", updates.user(STRANGER, "Zoe")))
    assert "“/link you@company.com”" in corp.telegram.posted(STRANGER)[0]["text"]


async def test_badges_of_whom_one_answers(corp: TelegramBot) -> None:
    answered = {"message_id": 9, "date": 1, "chat": {"id": GROUP, "type": "supergroup"}, "from": sender("bob")}
    await corp.says("ana", "/badges", GROUP, reply_to_message=answered | {"text": "done"})
    assert "Badges of Bob Roe" in corp.text("ana")


async def test_a_webhook_that_telegram_knows_nothing_of_is_told(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with telegram_bot(writing, reading, clock) as corp:
        corp.telegram.webhook = ""
        await until(lambda: corp.channel.trouble() is None)
        await until(lambda: any("manifest telegram --apply" in record.getMessage() for record in caplog.records))


async def test_our_own_few_words_are_in_the_persons_language(corp: TelegramBot, writing: SessionFactory) -> None:
    async with writing.begin() as session:
        await session.execute(update(Person).where(Person.display_name == "Ana López").values(locale="es"))
    await corp.says("ana", "/kudos")
    form = corp.telegram.message(PEOPLE["ana"][0], corp.last("ana")["message_id"])
    await corp.says("ana", "/cancel")
    assert corp.text("ana") == "Cancelado. No se ha enviado nada."
    await corp.says("ana", "/cancel")
    assert corp.text("ana") == "No hay nada que cancelar."
    late = await corp.hears(updates.press("step:receivers:cancel:", sender("ana"), form))
    told = corp.telegram.answered[late["callback_query"]["id"]]["text"]
    assert told == "Ese formulario está cerrado. Envía el comando otra vez, por favor."
