"""Slack's events as values: what was said, put on a message or taken away. Translation only, as in `inbound`.

Every function takes a verified payload and raises Malformed where it is not of the shape that Slack sends.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.protocol.elements import Mention
from bot.protocol.turns import About, Command, Source, Words
from channels.slack.inbound.bot_mention import strip_bot_mention
from channels.slack.inbound.payloads import (
    SlackPayload,
    build_slack_source,
    clean_slack_text,
    parse_slack_id,
    reject_malformed,
)
from channels.slack.inbound.plus_plus import split_plus_plus
from channels.slack.inbound.text import parse_slack_text
from channels.slack.types import is_slack_account

MAX_QUOTED_LENGTH = 1000  # characters of a message that are looked at, to quote from


@dataclass(frozen=True, slots=True)
class MessageReaction:
    """An emoji on the message `ts` of `author`; `gesture` names it for as long as it is there."""

    source: Source
    emoji: str  # its name without the tone of skin
    author: str
    ts: str
    gesture: str

    def is_on(self, message: SlackPayload) -> bool:
        """Return whether the message still carries this person's emoji."""
        there = (one for one in message.get("reactions") or () if _emoji(one.get("name")) == self.emoji)
        return any(self.source.account in (one.get("users") or ()) for one in there)


@reject_malformed
def parse_slack_message(body: SlackPayload, own: str, verbs: Collection[str]) -> tuple[Command, ...]:
    """Parse a direct message, or a mention of the bot in a channel, into commands.

    `own` is the bot's account; a line may begin with one of the `verbs`. Return several commands if the lines thank
    different people.
    """
    event = body["event"]
    parse_slack_id("message_id", event.get("thread_ts") or "")  # the answer goes there
    source = build_slack_source(
        tenant=body["team_id"],
        conversation=event["channel"],
        message_id=event["ts"],  # the mention and the message that are the same one carry the same
        account=event["user"],
    )
    line = strip_bot_mention(own, verbs, parse_slack_text(clean_slack_text(event.get("text") or "")))
    thanks = split_plus_plus(line, verbs)
    return tuple(
        Command(part, "kudos", words) for part, words in zip(_split_source(source, len(thanks)), thanks, strict=True)
    ) or (Command(source, "", line),)


def _split_source(source: Source, count: int) -> list[Source]:
    """Return a source for each turn of a message.

    The first is the message itself; the others add a number to its id.
    """
    ids = [source.message_id, *(f"{source.message_id}:{number}" for number in range(2, count + 1))]
    return [replace(source, message_id=message_id) for message_id in ids[:count]]


@reject_malformed
def parse_home_opened(body: SlackPayload) -> Command:
    """Build the turn of a person who opens App Home: a command with no text."""
    event = body["event"]
    ids = {"tenant": body["team_id"], "conversation": ""}
    return Command(build_slack_source(**ids, message_id=f"home:{event['user']}", account=event["user"]), "")


@reject_malformed
def parse_deleted_message(body: SlackPayload, own: str, verbs: Collection[str]) -> tuple[Source, ...]:
    """Return the sources of the turns that a deleted message had made. Return () if it was not a person's."""
    event = body["event"]
    gone = event.get("previous_message") or {}
    if not is_from_person(gone):
        return ()
    parse_slack_ts(clean_slack_text(gone["ts"]))
    ids = {"tenant": body["team_id"], "conversation": event["channel"]}
    source = build_slack_source(**ids, message_id=gone["ts"], account=gone["user"])
    line = strip_bot_mention(own, verbs, parse_slack_text(clean_slack_text(gone.get("text") or "")))
    return tuple(_split_source(source, max(len(split_plus_plus(line, verbs)), 1)))


@reject_malformed
def parse_reaction(body: SlackPayload) -> MessageReaction | None:
    """Parse an emoji that was added to a message or removed.

    Return None if it is on something else, or its author is not a person.
    """
    event = body["event"]
    item, author = event.get("item") or {}, event.get("item_user")
    if item.get("type") != "message" or not is_slack_account(author) or not is_slack_account(event["user"]):
        return None
    emoji = _emoji(event["reaction"])
    gesture = parse_slack_id("message_id", f"{item['ts']}:{event['user']}:{emoji}")
    source = build_slack_source(
        tenant=body["team_id"],
        conversation=item["channel"],
        message_id=f"{gesture}:{clean_slack_text(event['event_ts'])}",
        account=event["user"],
    )
    return MessageReaction(replace(source, about=About(gesture=gesture)), emoji, author, item["ts"], gesture)


@reject_malformed
def quote_slack_message(message: SlackPayload) -> Words:
    """Return the author of a message and the beginning of its text, or () if it was not written by a person."""
    if not is_from_person(message):
        return ()
    said: list[str | Mention] = []
    room = MAX_QUOTED_LENGTH
    for part in parse_slack_text(clean_slack_text(message.get("text") or "")):
        said.append(part[:room] if isinstance(part, str) else part)
        room -= len(part if isinstance(part, str) else part.name)
        if room <= 0:
            break
    return (Mention(message["user"], account=message["user"]), ": ", *said)


def parse_slack_ts(ts: str) -> datetime:
    """Return when a message was sent: its Slack `ts` holds the time. Raises ValueError, OverflowError."""
    return datetime.fromtimestamp(float(ts), UTC)


def is_from_person(event: SlackPayload) -> bool:
    """Return whether the message is a new one that a person wrote.

    Edits, messages of bots and Slack's own notes about a place do not count.
    """
    typed = event.get("subtype") in (None, "file_share", "me_message", "thread_broadcast")
    return typed and is_slack_account(event.get("user")) and not event.get("bot_id") and not event.get("hidden")


def is_message_deletion(event: SlackPayload) -> bool:
    """Return whether the event is a deletion. A deleted message with replies leaves a tombstone in its place."""
    now = event.get("message")
    stone = event.get("subtype") == "message_changed" and isinstance(now, dict) and now.get("subtype") == "tombstone"
    return event.get("subtype") == "message_deleted" or stone


def get_bot_account(body: SlackPayload) -> str:
    """Return the bot's account in this workspace as the event names it, or "" if it is missing."""
    granted = body.get("authorizations") or [{}]
    return str(granted[0].get("user_id") or "") if isinstance(granted[0], dict) else ""


def _emoji(name: object) -> str:
    return clean_slack_text(name).partition("::")[0]
