"""Slack's app manifest."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from bot.dialogs.dialog import Verb
from bot.i18n.copy import Copy
from channels.server.environment import Environment
from manifest import COLOUR, EVERYTHING, NAME, schema_check, scopes, slack_reserved
from manifest.deployment import Deployment

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """An entry of Slack's own menus; the texts are keys of their sentences."""

    callback_id: str
    kind: Literal["message", "global"]
    name: str
    does: str


SHORTCUTS = (
    Shortcut("kudos_message", "message", "manifest.give_kudos", "manifest.shortcut_message"),
    Shortcut("kudos_global", "global", "manifest.give_kudos_to", "manifest.shortcut_global"),
)


def render(deployment: Deployment, verbs: tuple[Verb, ...], copy: Copy) -> Json:
    """The manifest, in the one language that Slack shows of an app."""
    without = _without(deployment)
    at = {} if deployment.slack_socket else {"request_url": f"{deployment.url}/slack/events"}
    return {
        "_metadata": {"major_version": 1},
        "display_information": {
            "name": NAME,
            "description": copy.line("manifest.short"),
            "long_description": copy.line("manifest.full"),
            "background_color": COLOUR,
        },
        "features": {
            "app_home": {
                "home_tab_enabled": "app_home_opened" in scopes.SLACK_EVENTS,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "slash_commands": [command | _reached(at) for command in _commands(verbs, copy)],
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


def asked(environment: Environment) -> tuple[str, ...]:
    """The scopes that the app of this deployment asks a workspace for."""
    return scopes.slack_scopes(_without(Deployment.of(environment)))


def faults(manifest: Json) -> list[str]:
    """A sentence for each thing that Slack would not take."""
    commands = manifest.get("features", {}).get("slash_commands", ())
    names = [str(command["command"]).removeprefix("/").lower() for command in commands]
    taken, twice = slack_reserved.SLACK.intersection(names), {name for name in names if names.count(name) > 1}
    return [
        *schema_check.faults(manifest, "slack"),
        *(f"/{name} is a command of Slack's own, which refuses an app that asks for it" for name in sorted(taken)),
        *(f"/{name} is there more than once" for name in sorted(twice)),
    ]


def _commands(verbs: tuple[Verb, ...], copy: Copy) -> Iterator[Json]:
    """Names are the workspace's: few have a command of their own, and all go through one."""
    for verb in verbs:
        if verb.registered:
            does, usage = (copy.line(f"commands.{verb.name}.{part}") for part in ("does", "usage"))
            yield _command(verb.name, does, usage)
    yield _command(EVERYTHING, copy.line("manifest.everything"), copy.line("manifest.everything_usage"))


def _entries(deployment: Deployment, copy: Copy) -> Json:
    """Shortcuts, and the links of ours that Slack asks us about: where the code answers them."""
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


def _command(name: str, does: str, usage: str) -> Json:
    return {"command": f"/{name}", "description": does} | ({"usage_hint": usage} if usage else {})


def _reached(at: Json) -> Json:
    return {"should_escape": True} | ({"url": at["request_url"]} if at else {})


def _without(deployment: Deployment) -> frozenset[str]:
    """The calls and events that this deployment has no use for."""
    links = frozenset() if deployment.link_host else scopes.SLACK_LINKS
    return links | (frozenset() if deployment.slack_oauth else scopes.SLACK_DEPARTURES)


def _oauth(deployment: Deployment, without: frozenset[str]) -> Json:
    wanted = scopes.slack_scopes(without)
    asked = {"bot": list(wanted), "bot_optional": list(scopes.optional(wanted))}
    back = {"redirect_urls": [f"{deployment.url}/slack/oauth_redirect"]} if deployment.slack_oauth else {}
    return back | {"scopes": asked}
