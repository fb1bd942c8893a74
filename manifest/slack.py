"""Slack's app manifest."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from bot.dialogs.dialog import CommandSpec
from bot.i18n.copy import Copy
from channels.server.environment import Environment
from manifest import APP_NAME, BRAND_COLOUR, MAIN_COMMAND, scopes, slack_reserved
from manifest.deployment import Deployment
from manifest.schema_check import list_schema_faults
from manifest.scopes import list_optional_scopes, list_slack_scopes

SlackManifestJson = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """An entry in Slack's own menus. `name` and `does` are keys of the copy."""

    callback_id: str
    kind: Literal["message", "global"]
    name: str
    does: str


SHORTCUTS = (
    Shortcut("kudos_message", "message", "manifest.give_kudos", "manifest.shortcut_message"),
    Shortcut("kudos_global", "global", "manifest.give_kudos_to", "manifest.shortcut_global"),
)


def render_slack_manifest(deployment: Deployment, verbs: tuple[CommandSpec, ...], copy: Copy) -> SlackManifestJson:
    """Render the manifest in the language of `copy`: Slack shows only one."""
    without = _without(deployment)
    at = {} if deployment.slack_socket else {"request_url": f"{deployment.url}/slack/events"}
    reached = {"should_escape": True} | ({"url": at["request_url"]} if at else {})
    return {
        "_metadata": {"major_version": 1},
        "display_information": {
            "name": APP_NAME,
            "description": copy.line("manifest.short"),
            "long_description": copy.line("manifest.full"),
            "background_color": BRAND_COLOUR,
        },
        "features": {
            "app_home": {
                "home_tab_enabled": "app_home_opened" in scopes.SLACK_EVENTS,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": APP_NAME, "always_online": True},
            "slash_commands": [command | reached for command in _commands(verbs, copy)],
            **_entries(deployment, copy),
        },
        "oauth_config": _oauth(deployment, without),
        "settings": {
            "event_subscriptions": at | {"bot_events": [one for one in scopes.SLACK_EVENTS if one not in without]},
            "interactivity": {"is_enabled": True} | at,
            "org_deploy_enabled": False,
            "socket_mode_enabled": deployment.slack_socket,
            "token_rotation_enabled": deployment.slack_oauth,
        },
    }


def list_requested_scopes(environment: Environment) -> tuple[str, ...]:
    """Return the scopes that this deployment's app requests from a workspace."""
    return list_slack_scopes(_without(Deployment.of(environment)))


def list_slack_faults(manifest: SlackManifestJson) -> list[str]:
    """Return a sentence for each fault that Slack would refuse."""
    commands = manifest.get("features", {}).get("slash_commands", ())
    names = [str(command["command"]).removeprefix("/").lower() for command in commands]
    taken, twice = (
        slack_reserved.RESERVED_SLACK_COMMANDS.intersection(names),
        {name for name in names if names.count(name) > 1},
    )
    return [
        *list_schema_faults(manifest, "slack"),
        *(f"/{name} is a command of Slack's own, which refuses an app that asks for it" for name in sorted(taken)),
        *(f"/{name} is there more than once" for name in sorted(twice)),
    ]


def _commands(verbs: tuple[CommandSpec, ...], copy: Copy) -> Iterator[SlackManifestJson]:
    """Yield the slash commands. Their names are shared by the whole workspace, so only a few commands get one."""
    for verb in verbs:
        if verb.registered:
            does, usage = (copy.line(f"commands.{verb.name}.{part}") for part in ("does", "usage"))
            yield _command(verb.name, does, usage)
    yield _command(MAIN_COMMAND, copy.line("manifest.everything"), copy.line("manifest.everything_usage"))


def _entries(deployment: Deployment, copy: Copy) -> SlackManifestJson:
    """Return the shortcuts, and the domain of links that Slack reports."""
    shortcuts = [
        {
            "name": copy.line(one.name),
            "type": one.kind,
            "callback_id": one.callback_id,
            "description": copy.line(one.does),
        }
        for one in SHORTCUTS
    ]
    links = {"unfurl_domains": [deployment.link_host]} if deployment.link_host else {}
    return {"shortcuts": shortcuts} | links


def _command(name: str, does: str, usage: str) -> SlackManifestJson:
    return {"command": f"/{name}", "description": does} | ({"usage_hint": usage} if usage else {})


def _without(deployment: Deployment) -> frozenset[str]:
    """Return the calls and events that this deployment has no use for."""
    links = frozenset() if deployment.link_host else scopes.SLACK_LINK_USES
    return links | (frozenset() if deployment.slack_oauth else scopes.SLACK_UNINSTALL_EVENTS)


def _oauth(deployment: Deployment, without: frozenset[str]) -> SlackManifestJson:
    wanted = list_slack_scopes(without)
    asked = {"bot": list(wanted), "bot_optional": list(list_optional_scopes(wanted))}
    back = {"redirect_urls": [f"{deployment.url}/slack/oauth_redirect"]} if deployment.slack_oauth else {}
    return back | {"scopes": asked}
