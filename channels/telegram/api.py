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

from bot.protocol.channel import Gone, Misconfigured, RetryLater, Unclear
from channels.telegram.transport import BrokenOff, Calls, NotSent

os.environ.setdefault("PTB_TIMEDELTA", "true")  # the SDK warns at each RetryAfter as long as nobody has chosen

TELEGRAM = "https://api.telegram.org"

READ = 10.0  # seconds

LONG_POLL = 25  # seconds that Telegram holds a poll open

IS_GONE = (
    "chat not found",
    "chat_write_forbidden",
    "group chat was deactivated",
    "have no rights to send",
    "not enough rights",
    "peer_id_invalid",
    "user is deactivated",
    "user not found",
)

IS_STUCK = "message can't be edited"

IS_DELETED = ("message to edit not found", "message_id_invalid")

IS_SAME = "message is not modified"

QUOTED = re.compile(r"[:\"“]|\burl\b", re.IGNORECASE)  # begins what is quoted

NO_THREAD = ("message thread not found", "topic_closed", "topic_deleted")


class NotTaken(Exception):
    """Telegram did not take a call for a reason that may pass, or that is a fault of ours."""


def connect(token: str, api_url: str | None) -> ExtBot[None]:
    """A bot of the SDK without rate limiter, handlers or state: only its calls are used."""
    base = (api_url or TELEGRAM).rstrip("/")
    return ExtBot(
        token,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=Calls(base, READ),
        get_updates_request=Calls(base, READ + LONG_POLL),
        defaults=Defaults(allow_sending_without_reply=True),
    )


def own_id(token: str) -> str:
    """The bot's account: it stands in the token."""
    return token.partition(":")[0]


def says(error: TelegramError, *reasons: str) -> bool:
    """Whether Telegram gives one of the reasons."""
    return any(reason in error.message.lower() for reason in reasons)


def reason(error: TelegramError) -> str:
    """What Telegram says, without what it quotes: that is somebody's words or address."""
    return QUOTED.split(error.message)[0].strip()


def meaning_of(error: TelegramError) -> Exception:
    """The error as the port names it, by the reaction that it needs."""
    match error:
        case RetryAfter():
            return RetryLater(seconds_of(error.retry_after))
        case InvalidToken():
            return Misconfigured("invalid_token")
        case Forbidden() | ChatMigrated():
            return Gone(type(error).__name__)
        case BadRequest():
            return (Gone if says(error, *IS_GONE) else NotTaken)(reason(error))
        case NetworkError():
            return _broken(error)
        case Conflict():
            return NotTaken("conflict")
        case _:
            return NotTaken(type(error).__name__)


def _broken(error: NetworkError) -> Exception:
    """What a call that got no proper answer means: where it was sent at all, it may have been done."""
    match error:
        case NotSent():
            return ConnectionError(error.message)
        case BrokenOff():
            return ConnectionResetError(error.message)
        case TimedOut():
            return TimeoutError("Telegram")
        case _:
            return Unclear("Telegram failed")


def seconds_of(span: int | float | timedelta) -> float:
    return span.total_seconds() if isinstance(span, timedelta) else float(span)


async def close(bot: ExtBot[None]) -> None:
    """Close the connections, also of a bot that never reached Telegram."""
    for request in bot._request:  # noqa: SLF001 - `shutdown` of the SDK closes only what its `initialize` has opened
        await request.shutdown()
