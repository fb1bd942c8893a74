"""What Telegram keeps of the bot: its menus, its descriptions, and where the updates go. Only what differs is set."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from telegram import BotCommand, BotCommandScope
from telegram.error import BadRequest, InvalidToken, RetryAfter, TelegramError
from telegram.ext import ExtBot

from channels.server.time_limits import TIME_LIMITS
from channels.telegram.api import close_telegram_bot, connect_telegram, get_total_seconds
from channels.telegram.config import TelegramConfig
from engine.errors import BadInput

WantedMenu = Mapping[str, Any]

REFUSED_STATUS = "401"  # in what Telegram says of a webhook that did not know its secret


async def apply_telegram_menu(account: TelegramConfig, wanted: WantedMenu) -> list[str]:
    """Make it so at Telegram; returns a line for each thing that was different.

    `wanted` is the content of `telegram.json`. Raises BadInput with a sentence where Telegram does not take it; what
    was set before that stays.
    """
    bot = connect_telegram(account.token, account.api_url, TIME_LIMITS)
    try:
        return [line async for line in _applied(bot, wanted, account.secrets)]
    except TelegramError as error:
        raise BadInput(_sentence(error)) from None
    finally:
        await close_telegram_bot(bot)


async def _applied(bot: ExtBot[None], wanted: WantedMenu, secrets: Sequence[str]) -> AsyncIterator[str]:
    for menu in wanted["commands"]:
        if line := await _menu(bot, menu):
            yield line
    for texts in wanted["descriptions"]:
        if line := await _description(bot, texts):
            yield line
        if line := await _short_description(bot, texts):
            yield line
    if wanted["webhook"] and (line := await _webhook(bot, wanted["webhook"], secrets)):
        yield line


async def _menu(bot: ExtBot[None], menu: WantedMenu) -> str:
    scope, language = BotCommandScope(menu["scope"]), menu["language"] or None
    there = {one.command: one.description for one in await bot.get_my_commands(scope, language)}
    here = {one["command"]: one["description"] for one in menu["commands"]}
    if list(there.items()) == list(here.items()):
        return ""
    await bot.set_my_commands([BotCommand(name, does) for name, does in here.items()], scope, language)
    return f"commands ({_where(menu['scope'], menu['language'])}): {_difference(there, here)}"


async def _description(bot: ExtBot[None], texts: WantedMenu) -> str:
    there = (await bot.get_my_description(texts["language"] or None)).description
    if there == texts["description"]:
        return ""
    await bot.set_my_description(texts["description"], texts["language"] or None)
    return f"{_where('description', texts['language'])}: {there!r} is now {texts['description']!r}"


async def _short_description(bot: ExtBot[None], texts: WantedMenu) -> str:
    there = (await bot.get_my_short_description(texts["language"] or None)).short_description
    if there == texts["short_description"]:
        return ""
    await bot.set_my_short_description(texts["short_description"], texts["language"] or None)
    return f"{_where('short description', texts['language'])}: {there!r} is now {texts['short_description']!r}"


async def _webhook(bot: ExtBot[None], webhook: WantedMenu, secrets: Sequence[str]) -> str:
    """Set the webhook if it differs, and return a line that says what changed, or "" if it is the same.

    The secret cannot be read back: Telegram's last error shows that it differs. While two secrets are accepted that
    sign is missing, so the first is set each time.
    """
    info = await bot.get_webhook_info()
    there: dict[str, Any] = {
        "url": info.url,
        "allowed_updates": sorted(info.allowed_updates or ()),
        "max_connections": info.max_connections,
    }
    here = dict(webhook) | {"allowed_updates": sorted(webhook["allowed_updates"])}
    was_refused = REFUSED_STATUS in (info.last_error_message or "")
    is_changing = len(secrets) > 1
    if there == here and not was_refused and not is_changing:
        return ""
    await bot.set_webhook(**webhook, secret_token=secrets[0] if secrets else "")
    changed = [f"{name} {there[name]!r} is now {here[name]!r}" for name in here if there[name] != here[name]]
    why = "the first of two" if is_changing else "since updates came back with 401"
    return f"webhook: {', '.join(changed or [f'the secret, {why}'])}"


def _difference(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    signs = [f"+{name}" for name in here if name not in there] + [f"-{name}" for name in there if name not in here]
    signs += [f"~{name}" for name in here if name in there and here[name] != there[name]]
    return " ".join(signs) or "in another order"


def _where(what: str, language: str) -> str:
    return f"{what}, {language}" if language else what


def _sentence(error: TelegramError) -> str:
    match error:
        case InvalidToken():
            return "Telegram does not know the bot of TELEGRAM_BOT_TOKEN: BotFather shows the token that is in force"
        case RetryAfter():
            return f"Telegram asks for {get_total_seconds(error.retry_after):.0f} seconds of patience: then try again"
        case BadRequest():
            return f"Telegram does not take it: {error.message}"
        case _:
            return f"Telegram does not answer ({type(error).__name__}): try again"
