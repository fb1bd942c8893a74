"""Slack's manifest asks for what the code does, and for nothing else."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import yaml

from bot.dialogs.commands import ALL_COMMANDS
from bot.i18n.catalog import LANGUAGES
from bot.i18n.copy import Copy
from channels.server.environment import Environment
from channels.slack.inbound import payloads as inbound_payloads
from engine.db.connection import SessionFactory
from manifest import scopes, slack_reserved
from manifest.deployment import PLACEHOLDER_APP_ID, PLACEHOLDER_URL, Deployment
from manifest.package import pack_platform
from manifest.scopes import list_slack_scopes
from manifest.slack import list_slack_faults, render_slack_manifest
from tests.conftest import Clock
from tests.manifest import slack_code
from tests.manifest.deployments import APP_OF_SEVERAL, HERE, SEVERAL, URL
from tests.platforms import slack_requests as requests
from tests.platforms.slack_bot import slack_bot
from tests.tables import each_row

Json = dict[str, Any]
ADDRESS = f"{URL}/slack/events"
OF_OUR_OWN = {"/kudos", "/badge", "/nominate", "/vote", "/reward", "/laurel"}  # the design's list: names are scarce


@pytest.fixture
def manifest() -> Json:
    return render_slack_manifest(HERE, ALL_COMMANDS, Copy("en"))


@each_row("language", LANGUAGES)
def test_it_is_as_slack_wants_it(language: str) -> None:
    assert list_slack_faults(render_slack_manifest(HERE, ALL_COMMANDS, Copy(language))) == []


def test_the_file_says_the_same_and_has_the_same_bytes_each_time(manifest: Json) -> None:
    first, second = (pack_platform("slack", HERE, ALL_COMMANDS, "en", "1.19") for _ in range(2))
    assert first.body == second.body
    assert first.faults == ()
    assert yaml.safe_load(first.body) == manifest


def test_the_commands_are_the_registered_ones_and_the_one_for_all(manifest: Json) -> None:
    commands = {command["command"] for command in manifest["features"]["slash_commands"]}
    assert commands == {f"/{verb.name}" for verb in ALL_COMMANDS if verb.registered} | {"/laurel"}
    assert commands <= OF_OUR_OWN
    assert list(slack_code.registered("command")) == ["re.compile('/.+')"], "every command is listened to"
    assert all(command["should_escape"] for command in manifest["features"]["slash_commands"]), "mentions come as ids"


def test_no_command_of_ours_is_one_of_slacks_own() -> None:
    assert {"me", "status", "feed", "invite", "remind"} <= slack_reserved.RESERVED_SLACK_COMMANDS
    assert slack_reserved.RESERVED_SLACK_COMMANDS.isdisjoint(
        {*(verb.name for verb in ALL_COMMANDS if verb.registered), "laurel"}
    )
    assert slack_reserved.RESERVED_SLACK_COMMANDS.isdisjoint(name.removeprefix("/") for name in OF_OUR_OWN)


def test_the_events_are_those_that_are_listened_to() -> None:
    assert {event.partition(".")[0] for event in scopes.SLACK_EVENTS} == slack_code.events()


async def test_no_event_that_is_asked_for_is_unknown(
    writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with slack_bot(writing, reading, clock) as chat:
        for event in scopes.SLACK_EVENTS:
            kind, _, place = event.partition(".")
            said = requests.message("points", user="U0ANA", channel_type=place) | {"type": kind, "tokens": {}}
            assert (await chat.sends(requests.event(said))).status == 200
        assert not chat.channel.unknown
        await chat.sends(requests.event({"type": "file_shared", "user": "U0ANA"}))
        assert chat.channel.unknown.total() == 1, "what is not asked for is"


def test_shortcuts_options_home_and_links_are_declared_where_the_code_has_them(manifest: Json) -> None:
    features, settings, heard = manifest["features"], manifest["settings"], slack_code.events()
    shortcuts = [*slack_code.registered("shortcut"), *slack_code.registered("message_shortcut")]
    assert {one["callback_id"] for one in features.get("shortcuts", ())} == {
        *shortcuts,
        *slack_code.registered("global_shortcut"),
    }
    has_options = any(True for _ in slack_code.registered("options"))
    assert ("message_menu_options_url" in settings["interactivity"]) is has_options
    assert features["app_home"]["home_tab_enabled"] is ("app_home_opened" in heard)
    assert (features.get("unfurl_domains") == ["laurel.corp.test"]) is ("link_shared" in heard)


@each_row("url", [PLACEHOLDER_URL, "https://localhost", "https://127.0.0.1:8443", "https://[::1]", "https://laurel"])
def test_links_are_not_asked_for_where_none_are_made(url: str) -> None:
    rendered = render_slack_manifest(replace(HERE, url=url), ALL_COMMANDS, Copy("en"))
    assert list_slack_faults(rendered) == []
    asked = rendered["oauth_config"]["scopes"]
    assert "unfurl_domains" not in rendered["features"]
    assert "link_shared" not in rendered["settings"]["event_subscriptions"]["bot_events"]
    assert {"links:read", "links:write"}.isdisjoint([*asked["bot"], *asked["bot_optional"]])
    assert set(asked["bot"]) == set(scopes.SLACK_SCOPES) - {"links:read", "links:write"}


def test_an_app_of_several_workspaces_says_so_and_another_does_not(manifest: Json) -> None:
    several = render_slack_manifest(SEVERAL, ALL_COMMANDS, Copy("en"))
    assert list_slack_faults(several) == []
    assert several["oauth_config"]["redirect_urls"] == [f"{URL}/slack/oauth_redirect"]
    assert slack_code.serves("/slack/oauth_redirect")
    assert slack_code.serves("/slack/install")
    assert several["settings"]["token_rotation_enabled"]
    assert several["settings"]["event_subscriptions"]["bot_events"] == list(scopes.SLACK_EVENTS)
    assert "redirect_urls" not in manifest["oauth_config"]
    assert not manifest["settings"]["token_rotation_enabled"]
    asked = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert set(scopes.SLACK_EVENTS) - set(asked) == scopes.SLACK_UNINSTALL_EVENTS <= slack_code.events()
    assert several["oauth_config"]["scopes"] == manifest["oauth_config"]["scopes"]


def test_several_workspaces_need_an_address_in_socket_mode_too() -> None:
    connected = render_slack_manifest(replace(SEVERAL, slack_socket=True), ALL_COMMANDS, Copy("en"))
    assert list_slack_faults(connected) == []
    assert connected["oauth_config"]["redirect_urls"]
    [url] = Deployment(PLACEHOLDER_URL, PLACEHOLDER_APP_ID, slack_socket=True, slack_oauth=True).missing("slack")
    assert "PUBLIC_URL" in url


def test_the_settings_decide_which_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("tests")  # where no .env is
    assert not Deployment.of(Environment()).slack_oauth
    assert Deployment.of(Environment(**APP_OF_SEVERAL)).slack_oauth  # type: ignore[arg-type]


def test_what_is_called_is_in_the_table_and_nothing_else() -> None:
    assert set(scopes.SLACK_METHODS) == slack_code.methods()
    assert {"chat.postMessage", "users.info"} <= slack_code.methods(), "the source is really read"


def test_every_scope_is_needed_and_has_its_reason(manifest: Json) -> None:
    asked = manifest["oauth_config"]["scopes"]
    assert asked["bot"] == list(list_slack_scopes())
    assert set(asked["bot"]) == set(scopes.SLACK_SCOPES)
    assert set(asked["bot_optional"]) == scopes.OPTIONAL_SLACK_SCOPES <= set(asked["bot"])
    assert "user" not in asked


def test_every_address_is_the_one_route(manifest: Json) -> None:
    settings = manifest["settings"]
    addresses = [command["url"] for command in manifest["features"]["slash_commands"]]
    addresses += [settings[part]["request_url"] for part in ("event_subscriptions", "interactivity")]
    assert set(addresses) == {ADDRESS}
    assert inbound_payloads.SLACK_CHANNEL == "slack"


def test_in_socket_mode_no_address_is_given() -> None:
    connected = render_slack_manifest(replace(HERE, slack_socket=True), ALL_COMMANDS, Copy("en"))
    assert list_slack_faults(connected) == []
    assert connected["settings"]["socket_mode_enabled"]
    assert "https://" not in json.dumps(connected)
    assert Deployment(PLACEHOLDER_URL, PLACEHOLDER_APP_ID, slack_socket=True).missing("slack") == ()


BROKEN: list[tuple[Callable[[Json], object], str]] = [
    (
        lambda m: m["features"]["slash_commands"].append({"command": "/status", "description": "x"}),
        "/status is a command of Slack's own, which refuses an app that asks for it",
    ),
    (
        lambda m: m["features"]["slash_commands"].append(m["features"]["slash_commands"][0]),
        "/kudos is there more than once",
    ),
    (
        lambda m: m["display_information"].update(name="L" * 36),
        "display_information.name has 36 characters, and at most 35 are taken",
    ),
    (
        lambda m: m["display_information"].update(long_description="short"),
        "display_information.long_description has 5 characters, and at least 175 are needed",
    ),
    (
        lambda m: m["settings"]["interactivity"].update(request_url="http://127.0.0.1:8080/slack/events"),
        "settings.interactivity.request_url is 'http://127.0.0.1:8080/slack/events' instead of "
        "an address that begins with https://",
    ),
    (lambda m: m.update(colour="green"), "it has colour, which is not known there"),
    (lambda m: m.pop("settings"), "it lacks settings"),
    (
        lambda m: m["features"]["slash_commands"][0].update(should_escape=False),
        "features.slash_commands[0].should_escape is False instead of True",
    ),
]


@pytest.mark.parametrize(("breaks", "sentence"), BROKEN)
def test_a_fault_is_said_in_one_sentence(manifest: Json, breaks: Callable[[Json], object], sentence: str) -> None:
    broken = copy.deepcopy(manifest)
    breaks(broken)
    assert list_slack_faults(broken) == [sentence]
