"""Telegram updates with the secret, in a group."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.bench.grounds import PEOPLE, Ground, Platform, Request
from tests.platforms import telegram_updates
from tests.platforms.telegram import BOT, SECRET, TOKEN, FakeTelegram

GROUP = -1001


def account(number: int) -> int:
    return 1000 + number


def update(giver: int, receiver: int) -> Request:
    """`/kudos receiver thanks … #teamwork`, the receiver as a text_mention."""
    line = f"/kudos [Person {receiver}]({account(receiver)}) thanks for the launch #teamwork"
    sender = telegram_updates.user(account(giver), f"Person {giver}", language_code="en")
    said = telegram_updates.message(line, sender, GROUP)
    return json.dumps(said).encode(), telegram_updates.HEADERS | {"Content-Type": "application/json"}


@asynccontextmanager
async def platform() -> AsyncIterator[Platform]:
    async with FakeTelegram(started={account(number) for number in range(PEOPLE)}, groups={GROUP}) as telegram:
        told = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_WEBHOOK_SECRET": SECRET, "TELEGRAM_API_URL": telegram.api_url}
        yield Platform(telegram.api_url, told, update, lambda: len(telegram.messages))


GROUND = Ground("telegram", str(BOT), str(GROUP), "/telegram/webhook", lambda n: str(account(n)), platform)
