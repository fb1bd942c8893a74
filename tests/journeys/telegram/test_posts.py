"""Posts and edits outside a turn, and what Telegram's errors mean to the relay."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.protocol.channel import DeliveryUncertain, Destination, DestinationGone, Misconfigured, Rejected, RetryLater
from bot.protocol.elements import Card, Mention, Picture, Text
from channels.telegram.api import TelegramCallFailed
from engine.db.connection import SessionFactory
from tests.conftest import Clock
from tests.platforms.telegram import BLOCKED, NO_CHAT, Failure
from tests.platforms.telegram_bot import GROUP, TelegramBot, telegram_bot
from tests.waiting import until

CARD = Card("Thanks", "Ana thanked Bob", (Text(("Ana thanked ", Mention("Bob", 2, "1002"))),))
OTHER = Card("Thanks", "It was taken back", (Text(("It was taken back",)),), tone="neutral")
THERE = Destination("7000", str(GROUP))
BOB = Destination("7000", "1002", direct=True)


@pytest.fixture(params=["sqlite"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[TelegramBot]:
    async with telegram_bot(writing, reading, clock) as driven:
        await until(lambda: driven.channel.trouble() is None)
        yield driven


async def test_a_post_is_edited_and_the_same_edit_again_is_a_success(corp: TelegramBot) -> None:
    ref = await corp.channel.post(THERE, CARD)
    [shown] = corp.telegram.posted(GROUP)
    assert ref == {"chat": str(GROUP), "message": shown["message_id"]}
    for _ in range(2):
        await corp.channel.edit(THERE, ref, OTHER)
    assert [one["text"] for one in corp.telegram.posted(GROUP)] == ["It was taken back"]


@pytest.mark.parametrize(
    ("failure", "meaning"),
    [
        (Failure(429, "Too Many Requests: retry after 7", {"retry_after": 7}), RetryLater),
        (BLOCKED, DestinationGone),
        (NO_CHAT, DestinationGone),
        (Failure(403, "Forbidden: user is deactivated"), DestinationGone),
        (Failure(400, "Bad Request: not enough rights to send text messages to the chat"), DestinationGone),
        (Failure(400, "Bad Request: CHAT_WRITE_FORBIDDEN"), DestinationGone),
        (Failure(401, "Unauthorized"), Misconfigured),
        (Failure(400, "Bad Request: can't parse entities"), TelegramCallFailed),
        (Failure(500, "Internal Server Error"), DeliveryUncertain),
        (Failure(502, "Bad Gateway"), DeliveryUncertain),
        (Failure(breaks=True), ConnectionResetError),
    ],
)
async def test_each_error_is_named_by_its_reaction(
    corp: TelegramBot, failure: Failure, meaning: type[Exception]
) -> None:
    corp.telegram.fail("sendMessage", failure)
    with pytest.raises(meaning) as caught:
        await corp.channel.post(BOB, CARD)
    if isinstance(caught.value, RetryLater):
        assert caught.value.after == 7
    assert "ttttt" not in str(caught.value)
    await corp.channel.post(BOB, CARD)


async def test_who_is_not_there_was_sent_nothing(corp: TelegramBot) -> None:
    await corp.telegram.close()
    for _ in range(20):  # the end of the old connection comes to us with the next rounds of the loop
        await asyncio.sleep(0)
    with pytest.raises(ConnectionError) as caught:
        await corp.channel.post(BOB, CARD)
    assert not isinstance(caught.value, ConnectionResetError)


@pytest.mark.parametrize("words", ["message to edit not found", "MESSAGE_ID_INVALID"])
async def test_a_deleted_message_stays_deleted(corp: TelegramBot, words: str) -> None:
    ref = await corp.channel.post(THERE, CARD)
    corp.telegram.fail("editMessageText", Failure(400, f"Bad Request: {words}"))
    await corp.channel.edit(THERE, ref, OTHER)


async def test_what_cannot_be_edited_is_told(corp: TelegramBot) -> None:
    ref = await corp.channel.post(THERE, CARD)
    corp.telegram.fail("editMessageText", Failure(400, "Bad Request: message can't be edited"))
    with pytest.raises(Rejected):
        await corp.channel.edit(THERE, ref, OTHER)
    upgraded = {"migrate_to_chat_id": -1002002}
    corp.telegram.fail("editMessageText", Failure(400, "Bad Request: group chat was upgraded", upgraded))
    with pytest.raises(Rejected):
        await corp.channel.edit(THERE, ref, OTHER)


async def test_an_origin_in_another_chat_brings_no_topic(corp: TelegramBot) -> None:
    elsewhere = Destination("7000", str(GROUP), origin={"chat": "-100999", "thread": 7, "message": 1})
    await corp.channel.post(elsewhere, CARD)
    assert "message_thread_id" not in corp.telegram.posted(GROUP)[0]


async def test_our_own_pictures_need_a_public_address(corp: TelegramBot) -> None:
    await corp.channel.post(THERE, Card("t", "s", (Picture("/icons/a.png", "A badge"),)))
    assert "A badge" not in corp.telegram.posted(GROUP)[0]["text"]
