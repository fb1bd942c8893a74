"""Buttons that need confirmation. The first press only replaces the button by two others."""

from collections.abc import Iterator

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.i18n.copy import Copy
from channels.telegram.render.cards import CONFIRM_PREFIX, render_telegram_button

TURN_BACK_PREFIX = "~"  # stands before the data of the button that turns back


def is_confirmation_button(data: str) -> bool:
    """Return whether the button only leads to another button, or back."""
    return data.startswith((CONFIRM_PREFIX, TURN_BACK_PREFIX))


def toggle_confirmation(keyboard: InlineKeyboardMarkup, data: str, copy: Copy) -> InlineKeyboardMarkup:
    """Return the keyboard after the press: with the real button and a cancel button, or as it was before."""
    rows = keyboard.inline_keyboard
    return InlineKeyboardMarkup([[new for one in row for new in _instead(one, data, copy)] for row in rows])


def _instead(one: InlineKeyboardButton, data: str, copy: Copy) -> Iterator[InlineKeyboardButton]:
    token = data[1:]
    if data.startswith(CONFIRM_PREFIX) and one.callback_data == data:
        yield render_telegram_button(one.text, token)
        yield render_telegram_button(copy.line("telegram.cancel"), TURN_BACK_PREFIX + token)
    elif data.startswith(TURN_BACK_PREFIX) and one.callback_data == token:
        yield render_telegram_button(one.text, CONFIRM_PREFIX + token)
    elif one.callback_data != data:
        yield one
