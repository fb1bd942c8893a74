"""What Slack's payloads have in common: who, where, and that everything is of the shape that Slack sends."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from bot.protocol.turns import Source

SlackPayload = Mapping[str, Any]

SLACK_CHANNEL = "slack"

GENERIC_CHANNEL_NAMES = frozenset(
    {"privategroup", "directmessage"}
)  # what Slack calls every private channel, every conversation

MAX_ID_LENGTHS = {"tenant": 64, "conversation": 255, "message_id": 255, "account": 128}  # of an id, as we keep it
T = TypeVar("T")


class MalformedSlackPayload(Exception):
    """A signed request that is not of the shape that Slack sends."""


def reject_malformed(translate: Callable[..., T]) -> Callable[..., T]:
    @wraps(translate)
    def checked(*given: Any) -> T:
        try:
            return translate(*given)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError, OSError) as error:
            raise MalformedSlackPayload(f"{translate.__name__}: {type(error).__name__}") from None

    return checked


def build_slack_source(
    *,
    tenant: str,
    conversation: str,
    message_id: str,
    account: str,
    place_name: str = "",
    way_back: Mapping[str, Any] | None = None,
) -> Source:
    return Source(
        channel=SLACK_CHANNEL,
        tenant=parse_slack_id("tenant", tenant),
        conversation=parse_slack_id("conversation", conversation),
        message_id=parse_slack_id("message_id", message_id),
        account=parse_slack_id("account", account),
        private=conversation.startswith("D"),
        place_name=_channel_name(clean_slack_text(place_name)),
        way_back=way_back or {},
    )


def build_placeless_source(body: SlackPayload) -> Source:
    """Build the source of an action in a modal or in App Home, with no conversation.

    The place where a form was asked for is kept with its Ask.
    """
    return build_slack_source(
        tenant=get_team_id(body), conversation="", message_id=body["trigger_id"], account=body["user"]["id"]
    )


def _channel_name(given: str) -> str:
    """Return the channel's name as people write it ("#general").

    Return "" if Slack hides the name and sends only the kind of place.
    """
    return f"#{given}" if given and given not in GENERIC_CHANNEL_NAMES and not given.startswith("mpdm-") else ""


def build_reply_to(body: SlackPayload, issued: int) -> dict[str, Any]:
    return {"response_url": clean_slack_text(body["response_url"]), "at": issued} if body.get("response_url") else {}


def get_team_id(body: SlackPayload) -> str:
    return clean_slack_text((body.get("team") or {}).get("id") or body["user"]["team_id"])


def parse_slack_id(kind: str, value: object) -> str:
    value = clean_slack_text(value)
    if len(value) > MAX_ID_LENGTHS[kind] or not value.isprintable():
        raise ValueError(kind)
    return value


def clean_slack_text(value: object) -> str:
    """Return the value if it is text that a database can store.

    Raises TypeError for any other type, and ValueError on NUL or half a surrogate pair, which Slack never sends.
    """
    if not isinstance(value, str):
        raise TypeError("text expected")
    if "\0" in value:
        raise ValueError("NUL")
    value.encode()  # raises ValueError at half a pair
    return value
