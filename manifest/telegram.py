"""What Telegram keeps of a bot: its menus, its descriptions, and where the updates go."""

from typing import Any

from bot.dialogs.dialog import Verb
from bot.i18n.catalog import DEFAULT, LANGUAGES
from bot.i18n.copy import Copy
from manifest import menus, schema_check, scopes
from manifest.deployment import Deployment

Json = dict[str, Any]

CONNECTIONS = 40  # at once; Telegram's own choice


def render(deployment: Deployment, verbs: tuple[Verb, ...]) -> Json:
    """Everything that `manifest telegram --apply` sets. `language` "" is for whoever speaks none of the others."""
    private, public = menus.in_private(verbs), menus.in_places(verbs)
    shown = {
        "default": menus.for_everybody(private),
        "all_private_chats": private,
        "all_group_chats": menus.for_everybody(public),
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


def faults(menu: Json) -> list[str]:
    """A sentence for each thing that Telegram would not take."""
    return schema_check.faults(menu, "telegram")


def _commands(verbs: tuple[Verb, ...], copy: Copy) -> list[Json]:
    return [{"command": verb.name, "description": copy.line(f"commands.{verb.name}.does")} for verb in verbs]


def _described(copy: Copy) -> Json:
    return {
        "language": _code(copy.language),
        "description": copy.line("manifest.full"),
        "short_description": copy.line("manifest.short"),
    }


def _webhook(deployment: Deployment) -> Json:
    return {
        "url": f"{deployment.url}/telegram/webhook",
        "allowed_updates": list(scopes.TELEGRAM_UPDATES),
        "max_connections": CONNECTIONS,
    }


def _code(language: str) -> str:
    return "" if language == DEFAULT else language
