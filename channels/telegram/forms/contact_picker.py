"""Telegram's own contact picker: a keyboard below the chat, shown by one message and removed by another.

A message has either such a keyboard or buttons of its own, so the picker is never part of the question itself.
"""

import logging

from telegram import KeyboardButton, KeyboardButtonRequestUsers, ReplyKeyboardMarkup, ReplyKeyboardRemove
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.i18n.copy import Copy
from channels.telegram import limits

log = logging.getLogger(__name__)


async def offer_contact_picker(bot: ExtBot[None], chat: str, request: int, most: int, copy: Copy) -> None:
    """Let the person pick up to `most` contacts; `request` comes back with them. Raises what Telegram does."""
    wanted = KeyboardButtonRequestUsers(
        request, user_is_bot=False, max_quantity=min(most, limits.CONTACTS), request_name=True
    )
    button = KeyboardButton(copy.line("telegram.pick_contact"), request_users=wanted)
    keyboard = ReplyKeyboardMarkup([[button]], resize_keyboard=True, one_time_keyboard=True)
    await bot.send_message(int(chat), copy.line("telegram.pick_below"), reply_markup=keyboard)


async def remove_contact_picker(bot: ExtBot[None], chat: str, copy: Copy) -> None:
    """Take the keyboard away again. Where Telegram does not take that, the form goes on all the same."""
    try:
        await bot.send_message(int(chat), copy.line("telegram.picker_closed"), reply_markup=ReplyKeyboardRemove())
    except TelegramError as error:
        log.warning("a keyboard was not put away", extra={"action": "answer_failed", "error": type(error).__name__})
