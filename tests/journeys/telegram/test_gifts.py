"""Thanks in a group: given, celebrated, taken back, native in Telegram."""

from collections.abc import AsyncIterator

import pytest

from engine.db.connection import SessionFactory
from tests.conftest import Clock
from tests.platforms.telegram_bot import GROUP, PEOPLE, TelegramBot, labels, link, telegram_bot
from tests.waiting import until

THANKS = "/kudos [Bob Roe](1002) thanks for the launch"


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[TelegramBot]:
    await link(writing)
    async with telegram_bot(writing, reading, clock) as driven:
        await until(lambda: driven.channel.trouble() is None)
        yield driven


async def test_a_gift_is_celebrated_in_the_group_and_undone_by_its_button(corp: TelegramBot) -> None:
    await corp.says("ana", THANKS, GROUP)
    assert "You thanked Bob Roe." in corp.text("ana")
    await corp.relay.drain()
    [card] = corp.telegram.posted(GROUP)
    assert "Ana López thanked Bob Roe:" in card["text"]
    assert "thanks for the launch" in card["text"]
    named = {one["user"]["id"] for one in card["entities"] if one["type"] == "text_mention"}
    assert named == {PEOPLE["ana"][0], PEOPLE["bob"][0]}
    assert "thanked you" in corp.text("bob")
    assert await corp.presses("ana", "Undo") == ""
    assert "taken back" in corp.text("ana").lower() or "back" in corp.text("ana").lower()
    assert labels(corp.last("ana")) == []
    await corp.relay.drain()
    [card] = corp.telegram.posted(GROUP)
    assert "This thank-you was taken back." in card["text"]
    assert "launch" not in card["text"]
