"""Slack's events as values: what was said, put on a message or taken away. Translation only, as in `inbound`.

Every function takes a verified payload and raises Malformed where it is not of the shape that Slack sends.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.protocol.elements import Mention
from bot.protocol.turns import About, Command, Source, Words
from channels.slack.inbound import bot_mention, plus_plus
from channels.slack.inbound import payloads as inbound_payloads
from channels.slack.inbound.payloads import Payload
from channels.slack.inbound.text import words
from channels.slack.types import is_account

BEGINNING = 1000  # characters of a message that are looked at, to quote from


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji on the message `ts` of `author`; `gesture` names it for as long as it is there."""

    source: Source
    emoji: str  # its name without the tone of skin
    author: str
    ts: str
    gesture: str

    def is_on(self, message: Payload) -> bool:
        """Whether the message still carries it."""
        there = (one for one in message.get("reactions") or () if _emoji(one.get("name")) == self.emoji)
        return any(self.source.account in (one.get("users") or ()) for one in there)


@inbound_payloads.checked
def said(body: Payload, own: str, verbs: Collection[str]) -> Command:
    """A direct message, or a mention of the bot (whose account is `own`) in a place. `verbs` may begin a line."""
    event = body["event"]
    inbound_payloads.ident("message_id", event.get("thread_ts") or "")  # the answer goes there
    source = inbound_payloads.source(
        tenant=body["team_id"],
        conversation=event["channel"],
        message_id=event["ts"],  # the mention and the message that are the same one carry the same
        account=event["user"],
    )
    line = bot_mention.without(own, verbs, words(inbound_payloads.text(event.get("text") or "")))
    thanks = plus_plus.without_plus(line, verbs)
    return Command(source, "", line) if thanks is None else Command(source, "kudos", thanks)


@inbound_payloads.checked
def home(body: Payload) -> Command:
    """Somebody looks at App Home; there are no words yet."""
    event = body["event"]
    ids = {"tenant": body["team_id"], "conversation": ""}
    return Command(inbound_payloads.source(**ids, message_id=f"home:{event['user']}", account=event["user"]), "")


@inbound_payloads.checked
def deleted(body: Payload) -> Source | None:
    """The turn that a deleted message was; None where it was no person's."""
    event = body["event"]
    gone = event.get("previous_message") or {}
    if not is_said_by_person(gone):
        return None
    instant(inbound_payloads.text(gone["ts"]))
    ids = {"tenant": body["team_id"], "conversation": event["channel"]}
    return inbound_payloads.source(**ids, message_id=gone["ts"], account=gone["user"])


@inbound_payloads.checked
def reaction(body: Payload) -> Reaction | None:
    """An emoji put on a message or taken away; None where it is on something else, or its author is nobody."""
    event = body["event"]
    item, author = event.get("item") or {}, event.get("item_user")
    if item.get("type") != "message" or not is_account(author) or not is_account(event["user"]):
        return None
    emoji = _emoji(event["reaction"])
    gesture = inbound_payloads.ident("message_id", f"{item['ts']}:{event['user']}:{emoji}")
    source = inbound_payloads.source(
        tenant=body["team_id"],
        conversation=item["channel"],
        message_id=f"{gesture}:{inbound_payloads.text(event['event_ts'])}",
        account=event["user"],
    )
    return Reaction(replace(source, about=About(gesture=gesture)), emoji, author, item["ts"], gesture)


@inbound_payloads.checked
def quoted(message: Payload) -> Words:
    """The author of a message and the beginning of what it says; nothing where no person wrote it."""
    if not is_said_by_person(message):
        return ()
    said: list[str | Mention] = []
    room = BEGINNING
    for part in words(inbound_payloads.text(message.get("text") or "")):
        said.append(part[:room] if isinstance(part, str) else part)
        room -= len(part if isinstance(part, str) else part.name)
        if room <= 0:
            break
    return (Mention(message["user"], account=message["user"]), ": ", *said)


def instant(ts: str) -> datetime:
    """When a message was sent: Slack names it by that. Raises ValueError, OverflowError."""
    return datetime.fromtimestamp(float(ts), UTC)


def is_said_by_person(event: Payload) -> bool:
    """Whether the message is a person's own new one: no edit, no bot's, no note of Slack's about a place."""
    typed = event.get("subtype") in (None, "file_share", "me_message", "thread_broadcast")
    return typed and is_account(event.get("user")) and not event.get("bot_id") and not event.get("hidden")


def is_deletion(event: Payload) -> bool:
    """Whether a message is gone: one that has answers leaves a stone in its place."""
    now = event.get("message")
    stone = event.get("subtype") == "message_changed" and isinstance(now, dict) and now.get("subtype") == "tombstone"
    return event.get("subtype") == "message_deleted" or stone


def own_account(body: Payload) -> str:
    """The bot's account in this workspace, as the event itself names it; "" where it does not."""
    granted = body.get("authorizations") or [{}]
    return str(granted[0].get("user_id") or "") if isinstance(granted[0], dict) else ""


def _emoji(name: object) -> str:
    return inbound_payloads.text(name).partition("::")[0]
