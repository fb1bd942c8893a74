"""The Telegram channel behind its route, over the fake Telegram, with the whole bot or a small one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from random import Random
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from bot.dialogs.commands import ALL_COMMANDS
from bot.dialogs.dialog import CommandSpec
from bot.dispatch.conversation_store import TableConversationStore
from bot.dispatch.dispatcher import Bot
from channels.server.time_limits import TimeLimits
from channels.telegram.adapter import TelegramAdapter
from channels.telegram.config import TelegramConfig
from engine.db.connection import SessionFactory
from engine.people.models import Identity
from tests import people
from tests.conftest import NOW, Clock
from tests.platforms import telegram_updates as updates
from tests.platforms.telegram import BOT, SECRET, TOKEN, FakeTelegram, Json, buttons
from tests.time_limits import FAR

KEY = b"k" * 32
GROUP = -1001
PEOPLE = {"ana": (1001, "Ana López"), "bob": (1002, "Bob Roe"), "carla": (1003, "Carla Díaz")}
STRANGER = 1999


def sender(who: str, **more: Any) -> Json:
    account, name = PEOPLE[who]
    return updates.user(account, name, language_code="en", username=f"{who}_tg") | more


@dataclass
class TelegramBot:
    """What a test drives: `hears` sends an update, `telegram` shows what came of it."""

    telegram: FakeTelegram
    channel: TelegramAdapter
    bot: Bot
    relay: Relay
    http: TestClient[web.Request, web.Application]

    async def sends(self, update: Json, **headers: str) -> ClientResponse:
        """POST an update; the response as it is."""
        return await self.http.post("/telegram/webhook", json=update, headers=updates.HEADERS | headers)

    async def hears(self, update: Json) -> Json:
        """The update was taken; returns it."""
        response = await self.sends(update)
        assert response.status == 200, await response.text()
        return update

    async def says(self, who: str, line: str, chat: int | None = None, **more: Any) -> Json:
        return await self.hears(updates.message(line, sender(who), chat, **more))

    async def presses(self, who: str, label: str, chat: int | None = None) -> str:
        """Press that button of the newest message of the chat that has it; returns the words of the alert."""
        place = chat or PEOPLE[who][0]
        for message in reversed(self.telegram.posted(place)):
            for one in buttons(message):
                if one["text"] == label:
                    shown = self.telegram.message(place, message["message_id"])
                    sent = await self.hears(updates.press(one["callback_data"], sender(who), shown))
                    return str(self.telegram.answered[sent["callback_query"]["id"]].get("text", ""))
        raise AssertionError(f"no button {label} among {[labels(m) for m in self.telegram.posted(place)]}")

    def last(self, who: str) -> Json:
        """The newest message in the person's private chat."""
        return self.telegram.posted(PEOPLE[who][0])[-1]

    def text(self, who: str) -> str:
        return str(self.last(who)["text"])


def labels(message: Json) -> list[str]:
    return [one["text"] for one in buttons(message)]


async def link(writing: SessionFactory) -> None:
    """Everybody has an account on Telegram, as on the other channels."""
    async with writing.begin() as session:
        for account, name in PEOPLE.values():
            person = await people.add(session, name)
            where = {"channel": "telegram", "tenant": str(BOT), "external_id": str(account)}
            session.add(Identity(person_id=person.id, linked_at=NOW, seen_at=Clock().now.replace(year=2027), **where))


@asynccontextmanager
async def telegram_bot(
    writing: SessionFactory,
    reading: SessionFactory,
    clock: Clock,
    verbs: tuple[CommandSpec, ...] = ALL_COMMANDS,
    mode: Any = "webhook",
    secret: str = SECRET,
    times: TimeLimits = FAR,
    beside: FakeTelegram | None = None,
) -> AsyncIterator[TelegramBot]:
    """The bot, with everybody in the group and in a private chat with it, and a relay that is driven by hand.

    Where it runs `beside` another replica, the Telegram of both is the one of that name.
    """
    there = nullcontext(beside) if beside else FakeTelegram({account for account, _ in PEOPLE.values()}, {GROUP})
    bot = Bot(writing, reading, TableConversationStore(writing, reading, clock), verbs, clock, KEY)
    async with there as telegram:
        channel = TelegramAdapter(bot, TelegramConfig(TOKEN, secret, mode, telegram.api_url), times=times)
        relay = Relay(writing, reading, {"telegram": channel}, clock, Random(1), MemoryRateLimiter(clock), KEY)
        app = web.Application()
        channel.routes(app)
        await channel.start()
        async with TestClient(TestServer(app)) as http:
            driven = TelegramBot(telegram, channel, bot, relay, http)
            yield driven
        with telegram.gate.opened():
            await channel.stop()
