"""People picked from one's Telegram contacts: a keyboard below the chat, there for one question and gone after it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.db.connection import SessionFactory
from tests.conftest import Clock
from tests.platforms import telegram_updates as updates
from tests.platforms.telegram import FLOOD
from tests.platforms.telegram_bot import PEOPLE, STRANGER, TelegramBot, labels, link, sender, telegram_bot
from tests.waiting import until

ANA = PEOPLE["ana"][0]
PICK = "Pick a contact…"


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[TelegramBot]:
    await link(writing)
    async with telegram_bot(writing, reading, clock) as driven:
        await until(lambda: driven.channel.trouble() is None)
        yield driven


async def asked_for(corp: TelegramBot) -> dict[str, Any]:
    """Ana opens the form and presses the button; what Telegram is asked to let her pick."""
    await corp.says("ana", "/kudos")
    await corp.presses("ana", PICK)
    (button,) = corp.telegram.below(ANA)
    assert button["text"] == PICK
    return dict(button["request_users"])


def shared(request: int, *accounts: int) -> dict[str, Any]:
    users = [{"user_id": account, "first_name": f"Contact {account}"} for account in accounts]
    return updates.message("", sender("ana"), users_shared={"request_id": request, "users": users})


async def test_contacts_become_the_receivers_and_the_keyboard_goes(corp: TelegramBot) -> None:
    wanted = await asked_for(corp)
    assert (wanted["max_quantity"], wanted["user_is_bot"], wanted["request_name"]) == (10, False, True)
    sent = await corp.hears(shared(wanted["request_id"], 1002, 1003))
    assert corp.telegram.below(ANA) == []
    assert "Who would you like to thank? Bob Roe, Carla Díaz" in corp.text("ana")
    before = len(corp.telegram.posted(ANA))
    for _ in range(3):
        await corp.hears(sent | {"update_id": updates.update()["update_id"]})
    assert len(corp.telegram.posted(ANA)) == before, "what comes again changes nothing"
    await corp.says("ana", "thanks for the launch")
    for label in ("Skip", "Skip", "No", "Send"):
        await corp.presses("ana", label)
    assert "Bob Roe and Carla Díaz" in corp.text("ana")


async def test_who_is_no_colleague_is_named_and_the_others_are_kept(corp: TelegramBot) -> None:
    wanted = await asked_for(corp)
    await corp.hears(shared(wanted["request_id"], STRANGER, 1002))
    assert "⚠️ I do not know Contact 1999 yet" in corp.text("ana")
    assert "So far: Bob Roe" in corp.text("ana")
    assert corp.telegram.below(ANA) == []
    assert PICK in labels(corp.last("ana")), "it can be opened again"


async def test_pressed_again_it_says_where_the_picker_is(corp: TelegramBot) -> None:
    await asked_for(corp)
    assert "below this chat" in await corp.presses("ana", PICK)
    assert (
        len([call for call in corp.telegram.called("sendMessage") if "keyboard" in call.get("reply_markup", {})]) == 1
    )


@pytest.mark.parametrize("way", ["typed", "cancelled", "another form"])
async def test_the_keyboard_goes_when_the_question_is_over(corp: TelegramBot, way: str) -> None:
    await asked_for(corp)
    match way:
        case "typed":
            await corp.says("ana", "Bob Roe")
            assert "Who would you like to thank? Bob Roe" in corp.text("ana")
        case "cancelled":
            await corp.presses("ana", "Cancel")
        case _:
            await corp.says("ana", "/kudos")
    assert corp.telegram.below(ANA) == []


@pytest.mark.parametrize("request_id", [0, 1, 2**31 - 1])
async def test_contacts_for_another_question_change_nothing(corp: TelegramBot, request_id: int) -> None:
    wanted = await asked_for(corp)
    await corp.hears(shared(request_id, 1002))
    assert not any("Bob Roe" in message["text"] for message in corp.telegram.posted(ANA))
    await corp.hears(shared(wanted["request_id"], 1002))
    assert "Who would you like to thank? Bob Roe" in corp.text("ana")


async def test_the_form_goes_on_where_the_keyboard_cannot_be_put_away(corp: TelegramBot) -> None:
    wanted = await asked_for(corp)
    corp.telegram.fail("sendMessage", FLOOD)
    await corp.hears(shared(wanted["request_id"], 1002))
    assert "Who would you like to thank? Bob Roe" in corp.text("ana")


async def test_contacts_without_a_form_are_no_words(corp: TelegramBot) -> None:
    await corp.hears(shared(7, 1002))
    assert corp.text("ana") == "Your contacts are closed again."
