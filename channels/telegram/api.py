"""The connection to the Bot API, and what its errors mean to us."""

import os
import re
from datetime import timedelta

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.ext import Defaults, ExtBot

from bot.protocol.channel import DeliveryUncertain, DestinationGone, Misconfigured, RetryLater
from channels.server.time_limits import TimeLimits
from channels.telegram.transport import CallBrokenOff, CallNotSent, TelegramTransport

os.environ.setdefault("PTB_TIMEDELTA", "true")  # without it the SDK warns at each RetryAfter

TELEGRAM_API_BASE_URL = "https://api.telegram.org"
LONG_POLL_S = 25  # seconds that Telegram holds a poll open

GONE_REASONS = (
    "chat not found",
    "chat_write_forbidden",
    "group chat was deactivated",
    "have no rights to send",
    "not enough rights",
    "peer_id_invalid",
    "user is deactivated",
    "user not found",
)

UNEDITABLE_REASON = "message can't be edited"
MESSAGE_DELETED_REASONS = ("message to edit not found", "message_id_invalid")
NOT_MODIFIED_REASON = "message is not modified"
QUOTE_START_PATTERN = re.compile(r"[:\"“]|\burl\b", re.IGNORECASE)  # begins what is quoted
THREAD_GONE_REASONS = ("message thread not found", "topic_closed", "topic_deleted")


class TelegramCallFailed(Exception):
    """A call that Telegram refused for a reason that may pass, or because of a fault on our side."""


def connect_telegram(token: str, api_url: str | None, times: TimeLimits) -> ExtBot[None]:
    """Build the SDK's bot without its rate limiter, handlers and state, since only its calls are used."""
    base = (api_url or TELEGRAM_API_BASE_URL).rstrip("/")
    return ExtBot(
        token,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=TelegramTransport(base, times.call_s, times.telegram_connect_s),
        get_updates_request=TelegramTransport(base, times.call_s + LONG_POLL_S, times.telegram_connect_s),
        defaults=Defaults(allow_sending_without_reply=True),
    )


def get_bot_id(token: str) -> str:
    """Return the bot's account id, which is the first part of its token."""
    return token.partition(":")[0]


def has_error_reason(error: TelegramError, *reasons: str) -> bool:
    """Return whether Telegram's error message contains one of the reasons."""
    return any(reason in error.message.lower() for reason in reasons)


def get_error_reason(error: TelegramError) -> str:
    """Return Telegram's error message without the text it quotes, which may be a person's message or address."""
    return QUOTE_START_PATTERN.split(error.message)[0].strip()


def translate_telegram_error(error: TelegramError) -> Exception:
    """Return the error of the channel protocol that fits a Telegram error, by the reaction that it needs."""
    match error:
        case RetryAfter():
            return RetryLater(get_total_seconds(error.retry_after))
        case InvalidToken():
            return Misconfigured("invalid_token")
        case Forbidden() | ChatMigrated():
            return DestinationGone(type(error).__name__)
        case BadRequest():
            return (DestinationGone if has_error_reason(error, *GONE_REASONS) else TelegramCallFailed)(
                get_error_reason(error)
            )
        case NetworkError():
            return _broken(error)
        case Conflict():
            return TelegramCallFailed("conflict")
        case _:
            return TelegramCallFailed(type(error).__name__)


def _broken(error: NetworkError) -> Exception:
    """Return the meaning of a call with no proper answer. If it was sent at all, it may have been done."""
    match error:
        case CallNotSent():
            return ConnectionError(error.message)
        case CallBrokenOff():
            return ConnectionResetError(error.message)
        case TimedOut():
            return TimeoutError("Telegram")
        case _:
            return DeliveryUncertain("Telegram failed")


def get_total_seconds(span: int | float | timedelta) -> float:
    return span.total_seconds() if isinstance(span, timedelta) else float(span)


async def close_telegram_bot(bot: ExtBot[None]) -> None:
    """Close the connections of the bot, even if it never reached Telegram."""
    for request in bot._request:  # noqa: SLF001 - `shutdown` of the SDK closes only what its `initialize` has opened
        await request.shutdown()
