"""Translation of Teams' activities into turns. No look-ups and no decisions are made here.

Every function takes an admitted activity. It raises MalformedActivity on an unexpected shape.
"""

import html
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from hashlib import sha256
from json import dumps
from typing import Any, TypeVar

from bot.parsing.words import join_adjacent_text
from bot.protocol.elements import Mention
from bot.protocol.forms import Answer
from bot.protocol.turns import Command, Press, Source, Submission, Turn, Words

ActivityPayload = Mapping[str, Any]

TEAMS_CHANNEL = "teams"
CHANNEL_IDS = ("msteams", "emulator")  # the second only in the local mode
UNKNOWN_NAME = "?"  # a person of whom Teams sends the account only, which is no name to show
MAX_TURN_ACCOUNTS = 25  # looked up for one turn

# the keys of a button's data that are not answers
RESERVED_DATA_KEYS = ("token", "dialog", "ask", "people", "choices", "toggles", "msteams", "form", "own")

SLASH_COMMAND_PATTERN = re.compile(r"/(\w+)(?=\s|$)")
AT_TAG_PATTERN = re.compile(r"<at\b[^<>]*+>([^<]*+(?:<(?!/?at\b)[^<]*+)*+)</at>")  # tags are not nested
LINE_BREAK_PATTERN = re.compile(r"<br\s*/?>|</(?:p|div|li|blockquote)>", re.IGNORECASE)
HTML_TAG_PATTERN = re.compile(r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
HTML_TEXT_PATTERN = re.compile(r"\s*<(?:p|div|ul|ol|blockquote|pre|h[1-6])\b", re.IGNORECASE)
T = TypeVar("T", bound=Turn)


class MalformedActivity(Exception):
    """An admitted activity with an unexpected shape."""


def _checked(translate: Callable[..., T]) -> Callable[..., T]:
    @wraps(translate)
    def checked(*given: Any) -> T:
        try:
            return translate(*given)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
            raise MalformedActivity(f"{translate.__name__}: {type(error).__name__}") from None

    return checked


@_checked
def parse_teams_message(activity: ActivityPayload) -> Command:
    """Parse a message to the bot, from its chat with a person or with a mention of the bot."""
    parts = parse_teams_text(activity)
    slash = SLASH_COMMAND_PATTERN.match(parts[0]) if parts and isinstance(parts[0], str) else None
    if slash is None:
        return Command(build_teams_source(activity), "", parts)
    rest = str(parts[0])[slash.end() :].lstrip()
    return Command(build_teams_source(activity), slash[1].lower(), (rest, *parts[1:]) if rest else parts[1:])


@_checked
def parse_message_value(activity: ActivityPayload) -> Press | Submission:
    """Parse the `value` of a message: a button of an older client, or a form."""
    return _acted(activity, activity["value"])


@_checked
def parse_card_action(activity: ActivityPayload) -> Press | Submission:
    """Parse a press on an Action.Execute button."""
    return _acted(activity, activity["value"]["action"]["data"])


@_checked
def parse_dialog_submission(activity: ActivityPayload) -> Press | Submission:
    """Parse what a dialog sent: its form, or a button of the answer that it shows."""
    return _acted(activity, activity["value"]["data"])


@_checked
def parse_extension_command(activity: ActivityPayload) -> Command:
    """Parse *Give kudos*, chosen beside the compose box or on a message, whose author is then the receiver."""
    writer = (_message(activity).get("from") or {}).get("user") or {}
    account = _text(writer.get("id") or "")
    author = (Mention(_text(writer.get("displayName") or UNKNOWN_NAME), account=account),) if account else ()
    return Command(build_teams_source(activity), _text(activity["value"]["commandId"]), author)


def get_quoted_text(activity: ActivityPayload) -> str:
    """Return the text of the message that the message extension was chosen on, or ""."""
    body = _message(activity).get("body")
    found = body.get("content") if isinstance(body, dict) else None
    return _plain(AT_TAG_PATTERN.sub(r"\1", found), True).strip() if isinstance(found, str) else ""


def is_extension_on_message(activity: ActivityPayload) -> bool:
    """Return whether the message extension was chosen on a message. Otherwise it was beside the compose box."""
    return bool(_message(activity))


def _message(activity: ActivityPayload) -> ActivityPayload:
    found = activity["value"].get("messagePayload") or {}
    return found if isinstance(found, dict) else {}


def get_form_token(activity: ActivityPayload) -> str:
    """Return the token in a button that opens a form, or "" for other buttons."""
    value = activity.get("value")
    data = value.get("data") if isinstance(value, dict) else None
    token = data.get("form") if isinstance(data, dict) else None
    return token if isinstance(token, str) else ""


def get_activity_tenant(activity: ActivityPayload) -> str:
    """Return the organisation's id, or "".

    Teams sends it in `channelData`; the SDK's model loses `conversation.tenantId`.
    """
    data = activity.get("channelData")
    tenant = data.get("tenant") if isinstance(data, dict) else None
    found = tenant.get("id") if isinstance(tenant, dict) else activity["conversation"].get("tenantId")
    return found if isinstance(found, str) else ""


def get_activity_place(activity: ActivityPayload) -> str:
    """Return the id of the conversation without its thread."""
    return str(activity["conversation"]["id"]).partition(";")[0]


def is_personal_chat(activity: ActivityPayload) -> bool:
    """Return whether it is a person's chat with the bot.

    The message extension also works in chats of two colleagues, whose ids begin with "19:".
    """
    conversation = activity["conversation"]
    kind = conversation.get("conversationType")
    with_one = kind == "personal" or (kind is None and not conversation.get("isGroup"))
    return with_one and not conversation["id"].startswith("19:")


def get_teams_account(sender: ActivityPayload) -> str:
    """Return the sender's Entra id, the same in every conversation, or their id in this one if Teams omits it."""
    return _text(sender.get("aadObjectId") or sender["id"])


def is_bot_member(activity: ActivityPayload, member: ActivityPayload) -> bool:
    """Return whether that member is the bot."""
    return bool(member.get("id")) and member.get("id") == (activity.get("recipient") or {}).get("id")


def build_teams_source(activity: ActivityPayload) -> Source:
    """Build the source of a turn. Its way back leads into the same thread."""
    return Source(
        channel=TEAMS_CHANNEL,
        tenant=get_activity_tenant(activity),
        conversation=get_activity_place(activity),
        message_id=activity.get("id") or _digest(activity),
        account=get_teams_account(activity["from"]),
        private=is_personal_chat(activity),
        locale=activity.get("locale") or None,
        place_name=_place_name(activity),
        way_back={"service_url": activity["serviceUrl"], "conversation": activity["conversation"]["id"]},
    )


def list_teams_accounts(turn: Turn) -> list[str]:
    """Return the accounts in a turn, the sender first, at most MAX_TURN_ACCOUNTS."""
    found = [turn.source.account, *(m.account for m in find_turn_mentions(turn) if m.account)]
    return list(dict.fromkeys(found))[:MAX_TURN_ACCOUNTS]


def find_turn_mentions(turn: Turn) -> Iterator[Mention]:
    match turn:
        case Command(words=parts):
            yield from (part for part in parts if isinstance(part, Mention))
        case Submission(answers=answers):
            yield from (part for answer in answers.values() for part in answer if isinstance(part, Mention))


def parse_teams_text(activity: ActivityPayload) -> Words:
    """Return the text that a person typed, without the bot's own name and all mark-up."""
    text = activity.get("text") or ""
    is_html = activity.get("textFormat") == "xml" or bool(HTML_TEXT_PATTERN.match(text))
    named: dict[str, deque[ActivityPayload]] = defaultdict(deque)
    for entity in activity.get("entities") or ():
        if entity.get("type") == "mention":
            tagged = AT_TAG_PATTERN.search(entity.get("text") or "")
            name = _plain(tagged[1], True) if tagged else _text((entity.get("mentioned") or {}).get("name") or "")
            named[name].append(entity)
    parts = (
        _mentioned(piece, named, activity) if number % 2 else _plain(piece, is_html)
        for number, piece in enumerate(AT_TAG_PATTERN.split(text))
    )
    return _trimmed(list(join_adjacent_text(parts)))


def _mentioned(inner: str, named: Mapping[str, deque[ActivityPayload]], activity: ActivityPayload) -> str | Mention:
    """Return the next mention with that text: colleagues of the same name follow in the order of the text."""
    label = _plain(inner, True)
    if not named.get(label):
        return f"@{label}"
    who = named[label].popleft().get("mentioned") or {}
    account = _text(who.get("aadObjectId") or who.get("id") or "")
    if is_bot_member(activity, who):
        return ""
    return Mention(label, account=account.removeprefix("8:orgid:")) if account else f"@{label}"


def _plain(words: str, is_html: bool) -> str:
    if is_html:
        words = HTML_TAG_PATTERN.sub("", LINE_BREAK_PATTERN.sub("\n", words))
    return html.unescape(words).replace("\xa0", " ").replace("\r\n", "\n")


def _trimmed(parts: list[str | Mention]) -> Words:
    if parts and isinstance(parts[0], str):
        parts[0] = parts[0].lstrip()
    if parts and isinstance(parts[-1], str):
        parts[-1] = parts[-1].rstrip()
    return tuple(part for part in parts if part)


def _acted(activity: ActivityPayload, data: ActivityPayload) -> Press | Submission:
    if "dialog" not in data:
        return Press(build_teams_source(activity), _text(data["token"]))
    answers = {name: _answer(name, value, data) for name, value in data.items() if name not in RESERVED_DATA_KEYS}
    return Submission(build_teams_source(activity), _text(data["dialog"]), answers, _text(data.get("ask") or ""))


def _answer(name: str, value: object, data: ActivityPayload) -> Answer:
    """Return the answer in one input of a form.

    The card's data says which fields are lists, sent as text with commas, and which are toggles, which send a value
    even if off. Raises TypeError.
    """
    if value is None or value == "":
        return ()
    if not isinstance(value, str | int | float):
        raise TypeError(name)
    if name in data.get("toggles", ()):
        return ("on",) if value == "on" else ()
    if name in data.get("people", ()):
        return tuple(Mention(UNKNOWN_NAME, account=one) for one in _parted(str(value)))
    return tuple(_parted(str(value))) if name in data.get("choices", ()) else (str(value),)


def _parted(value: str) -> list[str]:
    return [part for part in (piece.strip() for piece in value.split(",")) if part]


def _place_name(activity: ActivityPayload) -> str:
    data = activity.get("channelData") or {}
    for found in (data.get("channel"), data.get("team"), activity["conversation"]):
        if isinstance(found, dict) and isinstance(found.get("name"), str):
            return str(found["name"])
    return ""


def _digest(activity: ActivityPayload) -> str:
    said = dumps([activity["conversation"]["id"], activity["from"]["id"], activity.get("value")], sort_keys=True)
    return sha256(said.encode()).hexdigest()


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value
