"""The bot's settings at Telegram: its menus, its descriptions, and the target of its updates."""

from typing import Any

from bot.dialogs.dialog import CommandSpec
from bot.i18n.catalog import DEFAULT_LANGUAGE, LANGUAGES
from bot.i18n.copy import Copy
from manifest import scopes
from manifest.deployment import Deployment
from manifest.menus import drop_admin_commands, list_place_commands, list_private_commands
from manifest.schema_check import list_schema_faults

TelegramManifestJson = dict[str, Any]

MAX_WEBHOOK_CONNECTIONS = 40  # at once; Telegram's default


def render_telegram_manifest(deployment: Deployment, verbs: tuple[CommandSpec, ...]) -> TelegramManifestJson:
    """Return everything that `manifest telegram --apply` sets.

    `language` "" is for people whose language is missing.
    """
    private, public = list_private_commands(verbs), list_place_commands(verbs)
    shown = {
        "default": drop_admin_commands(private),
        "all_private_chats": private,
        "all_group_chats": drop_admin_commands(public),
        "all_chat_administrators": public,
    }
    return {
        "commands": [
            {"scope": scope, "language": _code(language), "commands": _commands(there, Copy(language))}
            for scope, there in shown.items()
            for language in LANGUAGES
        ],
        "descriptions": [_described(Copy(language)) for language in LANGUAGES],
        "webhook": None if deployment.polls_telegram else _webhook(deployment),
    }


def list_telegram_faults(menu: TelegramManifestJson) -> list[str]:
    """Return a sentence for each fault that Telegram would refuse."""
    return list_schema_faults(menu, "telegram")


def _commands(verbs: tuple[CommandSpec, ...], copy: Copy) -> list[TelegramManifestJson]:
    return [{"command": verb.name, "description": copy.line(f"commands.{verb.name}.does")} for verb in verbs]


def _described(copy: Copy) -> TelegramManifestJson:
    return {
        "language": _code(copy.language),
        "description": copy.line("manifest.full"),
        "short_description": copy.line("manifest.short"),
    }


def _webhook(deployment: Deployment) -> TelegramManifestJson:
    return {
        "url": f"{deployment.url}/telegram/webhook",
        "allowed_updates": list(scopes.TELEGRAM_UPDATES),
        "max_connections": MAX_WEBHOOK_CONNECTIONS,
    }


def _code(language: str) -> str:
    return "" if language == DEFAULT_LANGUAGE else language
