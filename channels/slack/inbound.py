"""Slack's payloads as turns. Translation only: nothing is asked, nothing is decided.

Every function takes a verified payload and raises Malformed where it is not of the shape that Slack sends.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, TypeVar

from bot.cards import Mention
from bot.forms import Answer
from bot.turns import Command, Press, Source, Submission, Turn, Words
from channels.slack.mrkdwn import is_account

Payload = Mapping[str, Any]
CHANNEL = "slack"
TOKEN = re.compile(r"<([^<>]*)>")  # what a person types as "<" arrives as "&lt;": each of these is Slack's own
MOST_ACCOUNTS = 25  # of one turn, that are worth a look-up

T = TypeVar("T", bound=Turn)


class Malformed(Exception):
    """A signed request that is not of the shape that Slack sends."""


def _checked(translate: Callable[..., T]) -> Callable[..., T]:
    @wraps(translate)
    def checked(*given: Any) -> T:
        try:
            return translate(*given)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
            raise Malformed(f"{translate.__name__}: {type(error).__name__}") from None

    return checked


@_checked
def command(body: Payload, issued: int) -> Command:
    """A slash command. `issued` is when its way back began to live, in seconds."""
    source = _source(
        tenant=body["team_id"],
        conversation=body["channel_id"],
        message_id=body["trigger_id"],
        account=body["user_id"],
        place_name=body.get("channel_name", ""),
        way_back=_way_back(body, issued),
    )
    return Command(source, body["command"].removeprefix("/").lower(), words(body.get("text") or ""))


@_checked
def press(body: Payload, issued: int) -> Press:
    """A button of ours in a message or a modal; there is no conversation in a modal."""
    channel = body.get("channel") or {}
    if "view" in body:
        _text(body["view"]["id"])
    source = _source(
        tenant=_team(body),
        conversation=channel.get("id", ""),
        message_id=body["trigger_id"],
        account=body["user"]["id"],
        place_name=channel.get("name", ""),
        way_back=_way_back(body, issued),
    )
    return Press(source, _text(body["actions"][0]["value"]))


@_checked
def submission(body: Payload) -> Submission:
    """A form that was sent. Where it was asked for is kept with the Ask, not here."""
    view = body["view"]
    _text(view["id"])  # the answer goes there
    source = _source(tenant=_team(body), conversation="", message_id=body["trigger_id"], account=body["user"]["id"])
    answers = {
        _text(field): _answer(element)
        for field, elements in view["state"]["values"].items()
        for element in elements.values()
    }
    return Submission(source, _text(view["callback_id"]), answers, _text(view.get("private_metadata") or ""))


@_checked
def said(body: Payload, own: str) -> Command:
    """A direct message, or a mention of the bot (whose account is `own`) in a place."""
    event = body["event"]
    source = _source(
        tenant=body["team_id"],
        conversation=event["channel"],
        message_id=event["ts"],  # the mention and the message that are the same one carry the same
        account=event["user"],
    )
    return Command(source, "", _without(own, words(event.get("text") or "")))


def is_said_by_person(event: Payload) -> bool:
    """Whether the message is a person's own new one: no edit, no bot's, no note of Slack's about a place."""
    typed = event.get("subtype") in (None, "file_share", "thread_broadcast")
    return typed and is_account(event.get("user")) and not event.get("bot_id") and not event.get("hidden")


def own_account(body: Payload) -> str:
    """The bot's account in this workspace, as the event itself names it; "" where it does not."""
    granted = body.get("authorizations") or [{}]
    return str(granted[0].get("user_id") or "") if isinstance(granted[0], dict) else ""


def accounts(turn: Turn) -> list[str]:
    """The Slack accounts of a turn, the sender first."""
    found = [turn.source.account, *(m.account for m in _mentions(turn) if m.account)]
    return [account for account in dict.fromkeys(found) if is_account(account)][:MOST_ACCOUNTS]


def words(text: str) -> Words:
    """What a person typed, of `<@U1|ana>`, `<http://…|…>`, `<#C1|…>`, `&amp;` and the rest."""
    out: list[str | Mention] = []
    for number, piece in enumerate(TOKEN.split(text)):
        part = _token(piece) if number % 2 else _unescaped(piece)
        if isinstance(part, str) and out and isinstance(out[-1], str):
            out[-1] += part
        elif part:
            out.append(part)
    return tuple(out)


def _token(inner: str) -> str | Mention:
    target, _, label = inner.partition("|")
    label = _unescaped(label)
    if target.startswith("@"):
        return Mention(label or target[1:], account=target[1:])
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        name = label or target[1:].partition("^")[0]
        return name if name.startswith("@") else f"@{name}"
    return _link(_unescaped(target), label)


def _link(address: str, label: str) -> str:
    """As it was typed: Slack links a bare address, and keeps what stood there as the label."""
    if not label or address in (label, f"http://{label}", f"https://{label}", f"mailto:{label}"):
        return label or address
    return f"{label} ({address})"


def _unescaped(words: str) -> str:
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _without(own: str, said: Words) -> Words:
    """The words without the bot's own mention: every one of `own`, or the leading one where that is not known."""
    kept = [part for part in said if not (own and isinstance(part, Mention) and part.account == own)]
    if not own and kept and isinstance(kept[0], Mention):
        kept = kept[1:]
    if kept and isinstance(kept[0], str):
        kept[0] = kept[0].lstrip()
    return tuple(part for part in kept if part)


def _source(
    *,
    tenant: str,
    conversation: str,
    message_id: str,
    account: str,
    place_name: str = "",
    way_back: Mapping[str, Any] | None = None,
) -> Source:
    return Source(
        channel=CHANNEL,
        tenant=_text(tenant),
        conversation=_text(conversation),
        message_id=_text(message_id),
        account=_text(account),
        private=conversation.startswith("D"),
        place_name=_text(place_name),
        way_back=way_back or {},
    )


def _way_back(body: Payload, issued: int) -> dict[str, Any]:
    return {"response_url": _text(body["response_url"]), "at": issued} if body.get("response_url") else {}


def _team(body: Payload) -> str:
    return _text((body.get("team") or {}).get("id") or body["user"]["team_id"])


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value


def _answer(element: Payload) -> Answer:
    match element:
        case {"type": "plain_text_input" | "number_input", "value": value}:
            return (str(value),) if value else ()
        case {"type": "users_select", "selected_user": account}:
            return (Mention(account, account=account),) if account else ()
        case {"type": "multi_users_select", "selected_users": chosen}:
            return tuple(Mention(account, account=account) for account in chosen or ())
        case {"selected_option": option}:
            return (_text(option["value"]),) if option else ()
        case {"selected_options": chosen}:
            return tuple(_text(option["value"]) for option in chosen or ())
        case {"selected_date": day}:
            return (_text(day),) if day else ()
        case _:
            return ()


def _mentions(turn: Turn) -> Iterator[Mention]:
    match turn:
        case Command(words=parts):
            yield from (part for part in parts if isinstance(part, Mention))
        case Submission(answers=answers):
            yield from (part for answer in answers.values() for part in answer if isinstance(part, Mention))
