"""Where celebrations from everywhere are shown: in the topic where that was asked for, in the group that was named."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import update

from channels.server.environment import Environment
from channels.telegram.config import TelegramConfig
from engine.db.connection import SessionFactory
from engine.people.models import Person
from tests.conftest import Clock
from tests.platforms.telegram import SECRET, TOKEN
from tests.platforms.telegram_bot import GROUP, TelegramBot, link, telegram_bot
from tests.waiting import until

WINS, LATER, OTHER = 7, 8, -1002
THANKS = "/kudos [Bob Roe](1002) thanks for the launch"


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[TelegramBot]:
    """Ana may announce; the forum has two topics, and there is another group."""
    await link(writing)
    async with writing.begin() as session:
        await session.execute(update(Person).where(Person.display_name == "Ana López").values(role="admin"))
    async with telegram_bot(writing, reading, clock) as driven:
        driven.telegram.topics[GROUP] = {WINS, LATER}
        driven.telegram.groups.add(OTHER)
        await until(lambda: driven.channel.trouble() is None)
        yield driven


def topic(number: int) -> dict[str, Any]:
    return {"message_thread_id": number, "is_topic_message": True, "chat_more": {"is_forum": True}}


async def shown(corp: TelegramBot, clock: Clock) -> list[int | None]:
    """Where in the forum each thing stands, once all of it is told."""
    for _ in range(10):
        await corp.relay.drain()
        clock.advance(seconds=10)
    return [message.get("message_thread_id") for message in corp.telegram.posted(GROUP)]


async def test_celebrations_go_to_the_topic_where_they_were_asked_for(corp: TelegramBot, clock: Clock) -> None:
    await corp.says("ana", "/announce here", GROUP, **topic(WINS))
    await corp.says("ana", THANKS, OTHER)
    assert await shown(corp, clock) == [WINS, WINS]


async def test_they_move_to_another_topic_and_to_the_general_one(corp: TelegramBot, clock: Clock) -> None:
    await corp.says("ana", "/announce here", GROUP, **topic(WINS))
    await corp.says("ana", "/announce here", GROUP, **topic(LATER))
    assert "From now on" in corp.text("ana")
    await corp.says("ana", "/announce here", GROUP, **topic(LATER))
    assert "already" in corp.text("ana")
    await corp.says("ana", THANKS, OTHER)
    assert await shown(corp, clock) == [WINS, LATER, LATER]
    await corp.says("ana", "/announce here", GROUP, chat_more={"is_forum": True})
    await corp.says("ana", THANKS, OTHER)
    assert (await shown(corp, clock))[3:] == [None, None]


async def test_what_is_given_in_a_topic_stays_there(corp: TelegramBot, clock: Clock) -> None:
    await corp.says("ana", "/announce here", GROUP, **topic(WINS))
    await corp.says("ana", THANKS, GROUP, **topic(LATER))
    assert await shown(corp, clock) == [WINS, LATER]


async def test_a_topic_that_is_gone_leaves_the_group(corp: TelegramBot, clock: Clock) -> None:
    await corp.says("ana", "/announce here", GROUP, **topic(WINS))
    corp.telegram.topics[GROUP] = set()
    await corp.says("ana", THANKS, OTHER)
    assert await shown(corp, clock) == [None, None]


async def test_the_group_that_the_deployment_names_follows_until_somebody_stops_it(
    corp: TelegramBot, clock: Clock
) -> None:
    for _ in range(2):
        await corp.channel.chats.follow(str(GROUP))
    await corp.says("ana", THANKS, OTHER)
    assert await shown(corp, clock) == [None]
    await corp.says("ana", "/announce off", GROUP)
    await corp.channel.chats.follow(str(GROUP))
    await corp.says("ana", THANKS, OTHER)
    assert await shown(corp, clock) == [None]


@pytest.mark.parametrize("chat", ["1001", "@wins", "your_telegram_chat_id", "-1 or 1"])
async def test_what_is_no_group_is_told_and_nothing_more(
    corp: TelegramBot, caplog: pytest.LogCaptureFixture, chat: str
) -> None:
    await corp.channel.chats.follow(chat)
    assert [record.action for record in caplog.records if hasattr(record, "action")] == ["no_group"]


def test_the_old_name_of_the_group_is_read() -> None:
    named = {"telegram_bot_token": TOKEN, "telegram_webhook_secret": SECRET, "telegram_chat_id": " -1001 "}
    account = TelegramConfig.of(Environment(_env_file=None, **named))
    assert account is not None
    assert account.group == "-1001"
