"""The Teams package: the manifest, its other languages, the icons."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.dialogs.dialog import Verb
from bot.i18n.catalog import DEFAULT, LANGUAGES
from bot.i18n.copy import Copy
from manifest import COLOUR, NAME, menus, png, schema_check, scopes
from manifest.deployment import Deployment

Json = dict[str, Any]

BASELINE, WITH_SLASH = SCHEMAS = ("1.19", "1.29")

SCHEMA = "https://developer.microsoft.com/en-us/json-schemas/teams/v{}/MicrosoftTeams.schema.json"

VERSION = "1.0.0"  # Teams takes an update only where this is higher than before

MOST_COMMANDS = 10

ICONS = {"color.png": 192, "outline.png": 32}  # pixels each way

FOLDER = Path(__file__).parent / "icons"

SEARCH = "celebrations"

SAID = re.compile(r"(name|description)\.(short|full)|.*\.(title|description)")  # what has a translation


@dataclass(frozen=True, slots=True)
class Action:
    """A command beside the compose box or on a message: its id is the verb that channels/teams makes of it."""

    verb: str
    title: str  # the key of its sentence
    contexts: tuple[str, ...] = ("compose", "message")


ACTIONS = (Action("kudos", "manifest.give_kudos"), Action("badge", "manifest.give_badge"))


def render(deployment: Deployment, verbs: tuple[Verb, ...], schema: str = BASELINE) -> dict[str, Json]:
    """The package's JSON files by name."""
    said = _manifest(deployment, verbs, Copy(DEFAULT), schema)
    others = [language for language in LANGUAGES if language != DEFAULT]
    languages = [{"languageTag": language, "file": f"{language}.json"} for language in others]
    said["localizationInfo"] = {"defaultLanguageTag": DEFAULT, "additionalLanguages": languages}
    translated = {language: _manifest(deployment, verbs, Copy(language), schema) for language in others}
    return {"manifest.json": said} | {f"{one}.json": sentences(there) for one, there in translated.items()}


def icons() -> dict[str, bytes]:
    return {name: (FOLDER / name).read_bytes() for name in ICONS}


def faults(files: dict[str, Json], drawn: dict[str, bytes]) -> list[str]:
    """A sentence for each thing that Teams would not take."""
    said = files["manifest.json"]
    wanted = set(sentences(said))
    found = schema_check.faults(said, "teams")
    for entry in said["localizationInfo"]["additionalLanguages"]:
        there = files.get(entry["file"], {})
        found += [f"{entry['file']}: {fault}" for fault in schema_check.faults(there, "teams-language")]
        found += [f"{entry['file']} does not say {path}" for path in sorted(wanted - set(there))]
        found += [f"{entry['file']} says {path}, which the manifest does not" for path in sorted(set(there) - wanted)]
    return [*found, *_of_icons(drawn)]


def sentences(document: Json) -> Json:
    """What people read of the manifest, by its path: `bots[0].commandLists[0].commands[0].title`."""
    return {path: words for path, words in _leaves(document) if SAID.fullmatch(path)}


def _manifest(deployment: Deployment, verbs: tuple[Verb, ...], copy: Copy, schema: str) -> Json:
    return {
        "$schema": SCHEMA.format(schema),
        "manifestVersion": schema,
        "version": VERSION,
        "id": deployment.teams_app_id,
        "developer": {
            "name": NAME,
            "websiteUrl": deployment.url,
            "privacyUrl": deployment.url,
            "termsOfUseUrl": deployment.url,
        },
        "name": {"short": NAME, "full": copy.line("manifest.full_name")},
        "description": {"short": copy.line("manifest.short"), "full": copy.line("manifest.full")},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": COLOUR,
        "bots": [_bot(deployment, verbs, copy, schema)],
        "composeExtensions": [_extension(deployment, copy)],
        "permissions": list(scopes.TEAMS_PERMISSIONS),
        "defaultInstallScope": "personal",
    }


def _bot(deployment: Deployment, verbs: tuple[Verb, ...], copy: Copy, schema: str) -> Json:
    private, public = menus.in_private(verbs), menus.in_places(verbs)
    slash = {"triggers": ["mention", "slash"]} if schema == WITH_SLASH else {}
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


def _commands(verbs: tuple[Verb, ...], copy: Copy) -> list[Json]:
    shown = menus.shortened(verbs, MOST_COMMANDS)
    return [{"title": verb.name, "description": copy.line(f"commands.{verb.name}.does")} for verb in shown]


def _extension(deployment: Deployment, copy: Copy) -> Json:
    """What is offered beside the compose box, and the links of ours that Teams asks us about."""
    extension: Json = {"botId": deployment.teams_app_id, "commands": [*_actions(copy), _search(copy)]}
    if deployment.link_host:
        extension["messageHandlers"] = [{"type": "link", "value": {"domains": [deployment.link_host]}}]
    return extension


def _actions(copy: Copy) -> Iterator[Json]:
    for action in ACTIONS:
        yield {
            "id": action.verb,
            "type": "action",
            "title": copy.line(action.title),
            "description": copy.line(f"commands.{action.verb}.does"),
            "context": list(action.contexts),
            "fetchTask": True,
        }


def _search(copy: Copy) -> Json:
    words, which = copy.line("manifest.search_words"), copy.line("manifest.search_which")
    return {
        "id": SEARCH,
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


def _of_icons(drawn: dict[str, bytes]) -> Iterator[str]:
    for name, side in ICONS.items():
        found = png.size(drawn.get(name, b""))
        if found != (side, side):
            yield f"{name} is no PNG of {side} by {side} pixels"
