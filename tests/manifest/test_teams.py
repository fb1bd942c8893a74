"""The Teams package asks for what the code does, in every language, within the limits of its version."""

import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.dialogs.commands import ALL_COMMANDS
from bot.dialogs.dialog import reject_form_request
from bot.i18n.catalog import LANGUAGES
from bot.i18n.copy import Copy
from engine.db.connection import SessionFactory
from manifest import package, scopes, teams
from manifest.deployment import PLACEHOLDER_APP_ID, PLACEHOLDER_URL, Deployment
from manifest.package import pack_platform
from manifest.teams import list_manifest_texts, list_teams_faults, load_teams_icons, render_teams_package
from tests.conftest import Clock
from tests.manifest.deployments import APP, HERE, URL
from tests.platforms.teams import FakeTeams
from tests.platforms.teams_bot import TeamsBot, teams_bot
from tests.tables import each_row

Json = dict[str, Any]
sqlite = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def files() -> dict[str, Json]:
    return render_teams_package(HERE, ALL_COMMANDS)


@pytest.fixture
async def chat(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[TeamsBot]:
    async with FakeTeams() as platform, teams_bot(writing, reading, clock, platform) as bot:
        yield bot


def extension(files: dict[str, Json]) -> list[Json]:
    return list(files["manifest.json"]["composeExtensions"][0]["commands"])


def lists(files: dict[str, Json]) -> dict[str, list[str]]:
    """The commands of each scope."""
    found = files["manifest.json"]["bots"][0]["commandLists"]
    return {scope: [one["title"] for one in there["commands"]] for there in found for scope in there["scopes"]}


@each_row("schema", teams.TEAMS_SCHEMA_VERSIONS)
def test_it_is_as_teams_wants_it(schema: str) -> None:
    files = render_teams_package(HERE, ALL_COMMANDS, schema)
    assert list_teams_faults(files, load_teams_icons()) == []
    assert files["manifest.json"]["manifestVersion"] == schema
    assert schema in files["manifest.json"]["$schema"]


def test_the_archive_has_all_at_its_root_and_the_same_bytes_each_time(files: dict[str, Json]) -> None:
    first, second = (pack_platform("teams", HERE, ALL_COMMANDS, "en", "1.19") for _ in range(2))
    assert first.body == second.body
    assert first.faults == ()
    with zipfile.ZipFile(io.BytesIO(first.body)) as archive:
        assert archive.namelist() == ["color.png", "es.json", "manifest.json", "outline.png"]
        assert {entry.date_time for entry in archive.infolist()} == {package.ZIP_TIMESTAMP}
        assert json.loads(archive.read("manifest.json")) == files["manifest.json"]
        assert {name: archive.read(name) for name in teams.TEAMS_ICON_SIZES} == load_teams_icons()


def test_each_scope_has_its_commands(files: dict[str, Json]) -> None:
    shown = lists(files)
    assert set(shown) == set(files["manifest.json"]["bots"][0]["scopes"]) == {"personal", "team", "groupChat"}
    verbs = {verb.name for verb in ALL_COMMANDS}
    assert all(set(names) <= verbs and len(names) <= 10 and "help" in names for names in shown.values())
    assert "announce" not in shown["personal"]
    assert "announce" in shown["team"]


def test_more_commands_than_ten_are_cut_to_the_first_ones(files: dict[str, Json]) -> None:
    many = (*ALL_COMMANDS[:-1], *(replace(ALL_COMMANDS[0]) for _ in range(10)), ALL_COMMANDS[-1])
    rendered = render_teams_package(HERE, many)
    assert list_teams_faults(rendered, load_teams_icons()) == []
    assert {len(names) for names in lists(rendered).values()} == {10}


def test_the_slash_menu_is_in_the_newer_version_only(files: dict[str, Json]) -> None:
    bot = render_teams_package(HERE, ALL_COMMANDS, "1.29")["manifest.json"]["bots"][0]
    assert bot["supportsTargetedMessages"]
    slash = [there["scopes"] for there in bot["commandLists"] if "slash" in there.get("triggers", ())]
    assert slash == [["personal"]], "in a group we hear only what mentions us"
    assert "supportsTargetedMessages" not in files["manifest.json"]["bots"][0]


def test_an_action_is_a_command_with_a_form(files: dict[str, Json]) -> None:
    by_name = {verb.name: verb for verb in ALL_COMMANDS}
    for command in extension(files):
        if command["type"] == "action":
            verb = by_name[command["id"]]
            assert verb.dialog.form is not reject_form_request
            assert not verb.admin
            assert command["fetchTask"], "the form is the bot's"


@sqlite
async def test_every_action_opens_its_form_and_the_search_answers(chat: TeamsBot, files: dict[str, Json]) -> None:
    for command in extension(files):
        if command["type"] == "query":
            [parameter] = command["parameters"]
            asked = {"commandId": command["id"], "parameters": [{"name": parameter["name"], "value": "launch"}]}
            assert "composeExtension" in await chat.invokes("composeExtension/query", asked)
            continue
        for context in command["context"]:
            value = {"commandId": command["id"], "commandContext": context}
            opened = await chat.invokes("composeExtension/fetchTask", value)
            assert opened["task"]["type"] == "continue", command["id"]


@sqlite
async def test_what_the_code_answers_is_declared(chat: TeamsBot, files: dict[str, Json]) -> None:
    """Each invoke of a message extension belongs to something in the manifest, and the other way round."""
    kinds = {command["type"] for command in extension(files)}
    declared = {"composeExtension/fetchTask", "composeExtension/submitAction"} if "action" in kinds else set()
    declared |= {"composeExtension/query"} if "query" in kinds else set()
    links = files["manifest.json"]["composeExtensions"][0].get("messageHandlers")
    declared |= {"composeExtension/queryLink"} if links else set()
    answered = {name for name in chat.channel._invokes if name.startswith("composeExtension/")}
    assert answered == declared


def test_links_of_ours_are_asked_about_where_they_are_made(files: dict[str, Json]) -> None:
    [extension] = files["manifest.json"]["composeExtensions"]
    assert extension["messageHandlers"] == [{"type": "link", "value": {"domains": ["laurel.corp.test"]}}]
    nowhere = render_teams_package(Deployment(PLACEHOLDER_URL, APP), ALL_COMMANDS)
    assert "messageHandlers" not in nowhere["manifest.json"]["composeExtensions"][0]
    assert list_teams_faults(nowhere, load_teams_icons()) == []


def test_nothing_is_asked_for_without_a_reason(files: dict[str, Json]) -> None:
    manifest = files["manifest.json"]
    assert manifest["permissions"] == list(scopes.TEAMS_PERMISSIONS)
    assert not {"authorization", "webApplicationInfo", "validDomains", "devicePermissions"} & manifest.keys()


def test_every_sentence_is_there_in_every_language(files: dict[str, Json]) -> None:
    info = files["manifest.json"]["localizationInfo"]
    assert [info["defaultLanguageTag"], *(one["languageTag"] for one in info["additionalLanguages"])] == list(LANGUAGES)
    there = files["es.json"]
    assert there["bots[0].commandLists[0].commands[0].title"] == "kudos"
    assert there["bots[0].commandLists[0].commands[0].description"] == Copy("es").line("commands.kudos.does")
    assert there["composeExtensions[0].commands[0].title"] == Copy("es").line("manifest.give_kudos")
    assert set(there) == set(list_manifest_texts(files["manifest.json"]))


def test_what_is_not_set_yet_has_a_stand_in_and_a_sentence() -> None:
    unset = Deployment(PLACEHOLDER_URL, PLACEHOLDER_APP_ID)
    assert list_teams_faults(render_teams_package(unset, ALL_COMMANDS), load_teams_icons()) == []
    assert [said.split()[0] for said in unset.missing("teams")] == ["PUBLIC_URL", "TEAMS_APP_ID"]
    assert [said.split()[0] for said in unset.missing("slack")] == ["PUBLIC_URL"]
    assert Deployment(URL, APP).missing("teams") == ()
    assert replace(unset, polls_telegram=True).missing("telegram") == ()


BROKEN: list[tuple[Callable[[dict[str, Json]], object], str]] = [
    (
        lambda f: f["manifest.json"]["bots"][0].update(supportsTargetedMessages=True),
        "bots[0].supportsTargetedMessages is not known in this version of the manifest",
    ),
    (
        lambda f: f["manifest.json"].update(id="laurel"),
        "id is 'laurel' instead of an id like 8a7d0c6e-3c1f-4f5e-9b0a-1d2e3f4a5b6c, as TEAMS_APP_ID",
    ),
    (
        lambda f: f["manifest.json"].update(version="1.0"),
        "version is '1.0' instead of a version like 1.0.0",
    ),
    (
        lambda f: f["manifest.json"]["bots"][0]["scopes"].append("groupchat"),
        "bots[0].scopes has 4 entries instead of at most 3",
    ),
    (
        lambda f: f["es.json"].update({"name.short": "L" * 31}),
        "es.json: name.short has 31 characters, and at most 30 are taken",
    ),
    (
        lambda f: f["es.json"].pop("composeExtensions[0].commands[0].title"),
        "es.json does not say composeExtensions[0].commands[0].title",
    ),
    (
        lambda f: f["es.json"].update({"bots[0].commandLists[2].commands[0].title": "x"}),
        "es.json says bots[0].commandLists[2].commands[0].title, which the manifest does not",
    ),
]


@pytest.mark.parametrize(("breaks", "sentence"), BROKEN)
def test_a_fault_is_said_in_one_sentence(
    files: dict[str, Json], breaks: Callable[[dict[str, Json]], object], sentence: str
) -> None:
    breaks(files)
    assert sentence in list_teams_faults(files, load_teams_icons())


def test_an_icon_of_another_size_is_a_fault(files: dict[str, Json]) -> None:
    swapped = {"color.png": load_teams_icons()["outline.png"], "outline.png": b"no picture"}
    assert list_teams_faults(files, swapped) == [
        "color.png is no PNG of 192 by 192 pixels",
        "outline.png is no PNG of 32 by 32 pixels",
    ]
