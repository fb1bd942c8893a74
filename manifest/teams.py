"""The Teams package: the manifest, its translations, and the icons."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.dialogs.dialog import CommandSpec
from bot.i18n.catalog import DEFAULT_LANGUAGE, LANGUAGES
from bot.i18n.copy import Copy
from manifest import APP_NAME, BRAND_COLOUR, scopes
from manifest.deployment import Deployment
from manifest.menus import list_place_commands, list_private_commands, shorten_menu
from manifest.png import read_png_size
from manifest.schema_check import list_schema_faults

TeamsManifestJson = dict[str, Any]

BASELINE_SCHEMA, SLASH_COMMAND_SCHEMA = TEAMS_SCHEMA_VERSIONS = ("1.19", "1.29")
TEAMS_SCHEMA_URL = "https://developer.microsoft.com/en-us/json-schemas/teams/v{}/MicrosoftTeams.schema.json"
TEAMS_PACKAGE_VERSION = "1.0.0"  # Teams accepts an update only with a higher version
MAX_TEAMS_COMMANDS = 10
TEAMS_ICON_SIZES = {"color.png": 192, "outline.png": 32}  # pixels each way
TEAMS_ICON_FOLDER = Path(__file__).parent / "icons"
SEARCH_COMMAND_ID = "celebrations"
VISIBLE_TEXT_PATTERN = re.compile(
    r"(name|description)\.(short|full)|.*\.(title|description)"
)  # paths of translated texts


@dataclass(frozen=True, slots=True)
class ComposeCommand:
    """A command beside the compose box or on a message. Its id is the verb that channels/teams runs."""

    verb: str
    title: str  # a key of the copy
    contexts: tuple[str, ...] = ("compose", "message")


COMPOSE_COMMANDS = (ComposeCommand("kudos", "manifest.give_kudos"), ComposeCommand("badge", "manifest.give_badge"))


def render_teams_package(
    deployment: Deployment, verbs: tuple[CommandSpec, ...], schema: str = BASELINE_SCHEMA
) -> dict[str, TeamsManifestJson]:
    """Return the package's JSON files by name."""
    said = _manifest(deployment, verbs, Copy(DEFAULT_LANGUAGE), schema)
    others = [language for language in LANGUAGES if language != DEFAULT_LANGUAGE]
    languages = [{"languageTag": language, "file": f"{language}.json"} for language in others]
    said["localizationInfo"] = {"defaultLanguageTag": DEFAULT_LANGUAGE, "additionalLanguages": languages}
    translated = {language: _manifest(deployment, verbs, Copy(language), schema) for language in others}
    return {"manifest.json": said} | {f"{one}.json": list_manifest_texts(there) for one, there in translated.items()}


def load_teams_icons() -> dict[str, bytes]:
    return {name: (TEAMS_ICON_FOLDER / name).read_bytes() for name in TEAMS_ICON_SIZES}


def list_teams_faults(files: dict[str, TeamsManifestJson], drawn: dict[str, bytes]) -> list[str]:
    """Return a sentence for each fault that Teams would refuse."""
    said = files["manifest.json"]
    wanted = set(list_manifest_texts(said))
    found = list_schema_faults(said, "teams")
    for entry in said["localizationInfo"]["additionalLanguages"]:
        there = files.get(entry["file"], {})
        found += [f"{entry['file']}: {fault}" for fault in list_schema_faults(there, "teams-language")]
        found += [f"{entry['file']} does not say {path}" for path in sorted(wanted - set(there))]
        found += [f"{entry['file']} says {path}, which the manifest does not" for path in sorted(set(there) - wanted)]
    for name, side in TEAMS_ICON_SIZES.items():
        if read_png_size(drawn.get(name, b"")) != (side, side):
            found.append(f"{name} is no PNG of {side} by {side} pixels")
    return found


def list_manifest_texts(document: TeamsManifestJson) -> TeamsManifestJson:
    """Return the visible texts of the manifest by path: `bots[0].commandLists[0].commands[0].title`."""
    return {path: words for path, words in _leaves(document) if VISIBLE_TEXT_PATTERN.fullmatch(path)}


def _manifest(deployment: Deployment, verbs: tuple[CommandSpec, ...], copy: Copy, schema: str) -> TeamsManifestJson:
    return {
        "$schema": TEAMS_SCHEMA_URL.format(schema),
        "manifestVersion": schema,
        "version": TEAMS_PACKAGE_VERSION,
        "id": deployment.teams_app_id,
        "developer": {
            "name": APP_NAME,
            "websiteUrl": deployment.url,
            "privacyUrl": deployment.url,
            "termsOfUseUrl": deployment.url,
        },
        "name": {"short": APP_NAME, "full": copy.line("manifest.full_name")},
        "description": {"short": copy.line("manifest.short"), "full": copy.line("manifest.full")},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": BRAND_COLOUR,
        "bots": [_bot(deployment, verbs, copy, schema)],
        "composeExtensions": [_extension(deployment, copy)],
        "permissions": list(scopes.TEAMS_PERMISSIONS),
        "defaultInstallScope": "personal",
    }


def _bot(deployment: Deployment, verbs: tuple[CommandSpec, ...], copy: Copy, schema: str) -> TeamsManifestJson:
    private, public = list_private_commands(verbs), list_place_commands(verbs)
    slash = {"triggers": ["mention", "slash"]} if schema == SLASH_COMMAND_SCHEMA else {}
    return {
        "botId": deployment.teams_app_id,
        "scopes": ["personal", "team", "groupChat"],
        "isNotificationOnly": False,
        "supportsFiles": False,
        **({"supportsTargetedMessages": True} if slash else {}),
        "commandLists": [
            {"scopes": ["personal"], "commands": _commands(private, copy)} | slash,
            {"scopes": ["team", "groupChat"], "commands": _commands(public, copy)},
        ],
    }


def _commands(verbs: tuple[CommandSpec, ...], copy: Copy) -> list[TeamsManifestJson]:
    shown = shorten_menu(verbs, MAX_TEAMS_COMMANDS)
    return [{"title": verb.name, "description": copy.line(f"commands.{verb.name}.does")} for verb in shown]


def _extension(deployment: Deployment, copy: Copy) -> TeamsManifestJson:
    """Return the commands beside the compose box, and the domain of links that Teams reports."""
    extension: TeamsManifestJson = {"botId": deployment.teams_app_id, "commands": [*_actions(copy), _search(copy)]}
    if deployment.link_host:
        extension["messageHandlers"] = [{"type": "link", "value": {"domains": [deployment.link_host]}}]
    return extension


def _actions(copy: Copy) -> Iterator[TeamsManifestJson]:
    for action in COMPOSE_COMMANDS:
        yield {
            "id": action.verb,
            "type": "action",
            "title": copy.line(action.title),
            "description": copy.line(f"commands.{action.verb}.does"),
            "context": list(action.contexts),
            "fetchTask": True,
        }


def _search(copy: Copy) -> TeamsManifestJson:
    words, which = copy.line("manifest.search_words"), copy.line("manifest.search_which")
    return {
        "id": SEARCH_COMMAND_ID,
        "type": "query",
        "title": copy.line("manifest.search"),
        "description": copy.line("manifest.search_does"),
        "context": ["compose"],
        "initialRun": True,
        "parameters": [{"name": "words", "title": words, "description": which, "inputType": "text"}],
    }


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{number}]")
    elif isinstance(value, str):
        yield path, value
