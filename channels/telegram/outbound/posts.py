"""Posts outside a turn, and their edits."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from telegram import Message as Posted
from telegram.error import BadRequest, ChatMigrated, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from bot.protocol.channel import Destination, Rejected
from bot.protocol.context import CURRENT_LANGUAGE
from bot.protocol.elements import Card
from bot.protocol.pictures import resolve_picture_urls
from channels.telegram import api
from channels.telegram.api import get_error_reason, get_total_seconds, has_error_reason, translate_telegram_error
from channels.telegram.render.cards import TelegramMessage, render_telegram_card

MAX_RATE_LIMIT_WAIT_S = 5.0  # seconds that an answer waits at Telegram's rate limit

GroupMoveCallback = Callable[[str, str], Awaitable[None]]
"""Remembers that the chat of the first id has the second one now."""


@dataclass(frozen=True, slots=True)
class TelegramPoster:
    """The port to the announcer."""

    bot: ExtBot[None]
    moved: GroupMoveCallback
    public_url: str = ""  # where Telegram fetches the product's pictures

    async def post(self, to: Destination, card: Card) -> dict[str, Any]:
        """Post, directly or in a place; in the topic where it happened. Returns {"chat", "message"}.

        A group that became a supergroup meanwhile is remembered under its new id.
        """
        said, thread = self._said(card), _thread(to)
        try:
            return await self._posted(to.external_id, thread, said)
        except ChatMigrated as moved:
            await self.moved(to.external_id, str(moved.new_chat_id))
            return await self._again(str(moved.new_chat_id), said)
        except TelegramError as error:
            if thread is None or not (
                isinstance(error, BadRequest) and has_error_reason(error, *api.THREAD_GONE_REASONS)
            ):
                raise translate_telegram_error(error) from None
            return await self._again(to.external_id, said)

    async def edit(self, to: Destination, ref: dict[str, Any], card: Card) -> None:
        """Replace the message by this card. An unchanged message counts as a success; a deleted one stays deleted.

        Raises Rejected if people still see the old message: Telegram refuses the edit, or the group was upgraded and
        the message stayed behind.
        """
        said = self._said(card)
        try:
            await edit_telegram_message(self.bot, ref["chat"], ref["message"], said)
        except ChatMigrated as moved:
            await self.moved(ref["chat"], str(moved.new_chat_id))
            raise Rejected("the group was upgraded") from None
        except TelegramError as error:
            if isinstance(error, BadRequest) and has_error_reason(error, api.UNEDITABLE_REASON):
                raise Rejected(get_error_reason(error)) from None
            if not (isinstance(error, BadRequest) and has_error_reason(error, *api.MESSAGE_DELETED_REASONS)):
                raise translate_telegram_error(error) from None

    async def _again(self, chat: str, said: TelegramMessage) -> dict[str, Any]:
        try:
            return await self._posted(chat, None, said)
        except TelegramError as error:
            raise translate_telegram_error(error) from None

    async def _posted(self, chat: str, thread: int | None, said: TelegramMessage) -> dict[str, Any]:
        posted = await send_telegram_message(self.bot, chat, said, thread=thread)
        return {"chat": str(posted.chat.id), "message": posted.message_id}

    def _said(self, card: Card) -> TelegramMessage:
        return render_telegram_card(
            resolve_picture_urls(card, self.public_url), Copy(choose_language(CURRENT_LANGUAGE.get()))
        )


async def send_telegram_message(
    bot: ExtBot[None], chat: str, said: TelegramMessage, *, thread: int | None = None, answers: int | None = None
) -> Posted:
    """Send it to a chat, or to a topic of it; as an answer to the message `answers`. Raises what Telegram does."""
    return await bot.send_message(
        int(chat),
        said.text,
        entities=said.entities,
        reply_markup=said.keyboard,
        link_preview_options=said.preview,
        message_thread_id=thread,
        reply_to_message_id=answers,
    )


async def send_telegram_answer(
    bot: ExtBot[None], chat: str, said: TelegramMessage, *, thread: int | None = None, answers: int | None = None
) -> Posted:
    """Send as `send_telegram_message`.

    If Telegram asks for a short pause, wait and try again, because an answer is never redelivered.
    """
    try:
        return await send_telegram_message(bot, chat, said, thread=thread, answers=answers)
    except RetryAfter as flood:
        if get_total_seconds(flood.retry_after) > MAX_RATE_LIMIT_WAIT_S:
            raise
        await asyncio.sleep(get_total_seconds(flood.retry_after))
        return await send_telegram_message(bot, chat, said, thread=thread, answers=answers)


async def edit_telegram_message(bot: ExtBot[None], chat: str, message_id: int, said: TelegramMessage) -> None:
    """Replace the message. One that is already the same is no error. Raises what Telegram does."""
    try:
        await bot.edit_message_text(
            said.text,
            int(chat),
            message_id,
            entities=said.entities,
            reply_markup=said.keyboard,
            link_preview_options=said.preview,
        )
    except BadRequest as error:
        if not has_error_reason(error, api.NOT_MODIFIED_REASON):
            raise


def _thread(to: Destination) -> int | None:
    """Return the topic of the turn if it happened in this place, else the topic that shows the celebrations."""
    return to.origin.get("thread") if to.origin.get("chat") == to.external_id else to.details.get("topic")
