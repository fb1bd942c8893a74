"""What Slack sends, with all its fields, and how it signs it."""

import json
import time
from itertools import count
from typing import Any
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from tests.platforms.slack import BOT, SECRET, TEAM

Json = dict[str, Any]
_numbers = count(1)


def trigger() -> str:
    return f"{next(_numbers)}.7.deadbeef"


def signed(body: str, *, stamp: str | None = None, secret: str = SECRET) -> dict[str, str]:
    """The headers of a request that Slack signed just now."""
    stamp = stamp or str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body) or ""
    kind = "application/json" if body.startswith("{") else "application/x-www-form-urlencoded"
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature, "Content-Type": kind}


def command(name: str, text: str, *, user: str, channel: str = "C01GEN", way_back: str = "", **more: str) -> str:
    fields = {
        "token": "verification-token",
        "team_id": TEAM,
        "team_domain": "corp",
        "channel_id": channel,
        "channel_name": "directmessage" if channel.startswith("D") else "general",
        "user_id": user,
        "user_name": user.lower(),
        "command": name,
        "text": text,
        "api_app_id": "A01APP",
        "is_enterprise_install": "false",
        "response_url": way_back,
        "trigger_id": trigger(),
    }
    return urlencode(fields | more)


def interaction(payload: Json) -> str:
    return urlencode({"payload": json.dumps(payload)})


def press(
    value: str, *, user: str, way_back: str = "", action_id: str = "press-0", view: Json | None = None, **more: Any
) -> str:
    """A button: of a message in a channel, or of a modal where `view` is given."""
    where: Json = {
        "container": {"type": "message", "message_ts": "1772441000.000001", "channel_id": "C01GEN"},
        "channel": {"id": "C01GEN", "name": "general"},
        "message": {"type": "message", "ts": "1772441000.000001", "user": BOT},
        "response_url": way_back,
    }
    if view is not None:
        where = {"container": {"type": "view", "view_id": view["id"]}, "view": view}
    action = {
        "type": "button",
        "action_id": action_id,
        "block_id": "b1",
        "value": value,
        "text": {"type": "plain_text", "text": "Undo", "emoji": True},
        "action_ts": "1772441001.000000",
    }
    return interaction(_base("block_actions", user) | where | {"actions": [action], "state": {"values": {}}} | more)


def submission(view: Json, values: Json, *, user: str, **more: Any) -> str:
    """The modal is sent with what was typed; a field that nobody touched is there with nothing in it."""
    state = {
        block["block_id"]: {block["block_id"]: {"type": block["element"]["type"]} | values.get(block["block_id"], {})}
        for block in view["blocks"]
        if block["type"] == "input"
    }
    sent = view | {"state": {"values": state}, "team_id": TEAM, "app_id": "A01APP", "root_view_id": view["id"]}
    return interaction(_base("view_submission", user) | {"view": sent, "response_urls": []} | more)


def event(event: Json, **more: Any) -> str:
    body = {
        "token": "verification-token",
        "team_id": TEAM,
        "api_app_id": "A01APP",
        "type": "event_callback",
        "event_id": f"Ev{next(_numbers):08}",
        "event_time": int(time.time()),
        "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
        "event": event,
    }
    return json.dumps(body | more)


def message(text: str, *, user: str, channel: str = "D0ANA", ts: str | None = None, **more: Any) -> Json:
    """The event of a direct message."""
    return {
        "type": "message",
        "channel_type": "im" if channel.startswith("D") else "channel",
        "user": user,
        "text": text,
        "channel": channel,
        "ts": ts or f"1772442000.{next(_numbers):06}",
        "team": TEAM,
    } | more


def mention(text: str, *, user: str, channel: str = "C01GEN", **more: Any) -> Json:
    return message(text, user=user, channel=channel, **more) | {"type": "app_mention"}


def shortcut(user: str) -> str:
    """*Give kudos* out of the menu of shortcuts."""
    return interaction(_base("shortcut", user) | {"callback_id": "kudos_global", "action_ts": "1772441001.000000"})


def message_shortcut(spoken: Json, *, user: str, channel: str = "C01GEN", way_back: str = "") -> str:
    """*Give kudos* out of a message's own menu."""
    where = {"channel": {"id": channel, "name": "general"}, "message": spoken, "message_ts": spoken["ts"]}
    chosen = {"callback_id": "kudos_message", "action_ts": "1772441001.000000", "response_url": way_back}
    return interaction(_base("message_action", user) | chosen | where)


def home_opened(user: str, tab: str = "home") -> str:
    where = {"channel": f"D{user[1:]}", "tab": tab, "event_ts": "1772441001.000000"}
    return event({"type": "app_home_opened", "user": user} | where)


def reaction(spoken: Json, *, user: str, emoji: str = "clap", channel: str = "C01GEN", taken_away: bool = False) -> str:
    item = {"type": "message", "channel": channel, "ts": spoken["ts"]}
    kind = "reaction_removed" if taken_away else "reaction_added"
    about = {"item": item, "item_user": spoken.get("user"), "event_ts": f"1772443000.{next(_numbers):06}"}
    return event({"type": kind, "user": user, "reaction": emoji} | about)


def shared(*urls: str, user: str, channel: str = "C01GEN", writing: bool = False, **more: Any) -> str:
    """Links of the app's domain stand in a message, or in one that somebody is still writing."""
    number = next(_numbers)
    where: Json = {"channel": channel, "message_ts": f"1772442000.{number:06}", "source": "conversations_history"}
    if writing:
        where = {"channel": "COMPOSER", "message_ts": f"9f1c2b7e-{number:04}-4b51-9d0a", "source": "composer"}
    links = [{"url": url, "domain": url.split("/")[2] if url.count("/") > 2 else url} for url in urls]
    about = {"user": user, "links": links, "unfurl_id": f"U{number:06}", "event_ts": f"1772442001.{number:06}"}
    return event({"type": "link_shared", "is_bot_user_member": True} | about | where, **more)


def deletion(spoken: Json, **more: Any) -> str:
    """A message is gone; Slack says what it was, and not who deleted it."""
    gone = {"subtype": "message_deleted", "hidden": True, "deleted_ts": spoken["ts"], "previous_message": spoken}
    where = {
        "channel": spoken["channel"],
        "channel_type": spoken["channel_type"],
        "ts": f"1772443000.{next(_numbers):06}",
    }
    return event({"type": "message"} | gone | where | more)


def _base(kind: str, user: str) -> Json:
    return {
        "type": kind,
        "team": {"id": TEAM, "domain": "corp"},
        "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": TEAM},
        "api_app_id": "A01APP",
        "token": "verification-token",
        "trigger_id": trigger(),
        "is_enterprise_install": False,
    }
