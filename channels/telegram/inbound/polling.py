"""Asking Telegram for updates: for development, and for one process. Where another one asks too, we wait."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from telegram import Update
from telegram.error import Conflict, RetryAfter, TelegramError
from telegram.ext import ExtBot

from channels.tasks.prompt_turns import TurnNotStored
from channels.telegram import api
from channels.telegram.api import get_total_seconds
from channels.telegram.inbound.updates import UPDATE_KINDS

MIN_POLL_RETRY_DELAY_S, MAX_POLL_RETRY_DELAY_S = 1.0, 60.0  # seconds between attempts that fail, growing
SHARED_TOKEN_DELAY_S = 30.0  # seconds until the next poll if another process polls with the same token

log = logging.getLogger(__name__)

UpdateHandler = Callable[[Mapping[str, Any]], Awaitable[None]]


@dataclass(slots=True)
class UpdatePoller:
    """`trouble` says why the last poll failed, None where it did not."""

    bot: ExtBot[None]
    take: UpdateHandler
    trouble: str | None = None

    async def run(self) -> None:
        """Poll for updates and give each to `take`, in order, until cancelled.

        An update that was taken is confirmed. One that was not stored is fetched again, together with those after it.
        """
        offset, delay = 0, MIN_POLL_RETRY_DELAY_S
        webhook_is_gone = False
        while True:
            try:
                webhook_is_gone = webhook_is_gone or await self.bot.delete_webhook()
                updates = await self._asked(offset)
            except TelegramError as error:
                self.trouble = f"polling: {type(error).__name__}"
                log.warning("a poll failed", extra={"action": "poll_failed", "error": type(error).__name__})
                await asyncio.sleep(_pause(error, delay))
                delay = min(delay * 2, MAX_POLL_RETRY_DELAY_S)
                continue
            self.trouble = None
            taken = await asyncio.gather(*(self._take(update) for update in updates))
            left = [update.update_id for update, done in zip(updates, taken, strict=True) if not done]
            offset = min(left) if left else max((update.update_id + 1 for update in updates), default=offset)
            if left:
                await asyncio.sleep(delay)
            delay = min(delay * 2, MAX_POLL_RETRY_DELAY_S) if left else MIN_POLL_RETRY_DELAY_S

    async def _take(self, update: Update) -> bool:
        """Handle an update and return whether it was done or stored."""
        try:
            await self.take(update.to_dict())
        except TurnNotStored:
            return False
        return True

    async def _asked(self, offset: int) -> tuple[Update, ...]:
        return await self.bot.get_updates(offset=offset, timeout=api.LONG_POLL_S, allowed_updates=list(UPDATE_KINDS))


def _pause(error: TelegramError, delay: float) -> float:
    if isinstance(error, Conflict):
        return SHARED_TOKEN_DELAY_S
    return get_total_seconds(error.retry_after) if isinstance(error, RetryAfter) else delay
