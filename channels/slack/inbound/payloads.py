"""What Slack's payloads have in common: who, where, and that everything is of the shape that Slack sends."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from bot.protocol.turns import Source

Payload = Mapping[str, Any]

CHANNEL = "slack"

NAMELESS = frozenset({"privategroup", "directmessage"})  # what Slack calls every private channel, every conversation

LONGEST = {"tenant": 64, "conversation": 255, "message_id": 255, "account": 128}  # of an id, as we keep it

T = TypeVar("T")


class Malformed(Exception):
    """A signed request that is not of the shape that Slack sends."""


def checked(translate: Callable[..., T]) -> Callable[..., T]:
    @wraps(translate)
    def checked(*given: Any) -> T:
        try:
            return translate(*given)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError, OSError) as error:
            raise Malformed(f"{translate.__name__}: {type(error).__name__}") from None

    return checked


def source(
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
        tenant=ident("tenant", tenant),
        conversation=ident("conversation", conversation),
        message_id=ident("message_id", message_id),
        account=ident("account", account),
        private=conversation.startswith("D"),
        place_name=_channel_name(text(place_name)),
        way_back=way_back or {},
    )


def without_place(body: Payload) -> Source:
    """Of what happens in a modal or in App Home. Where a form was asked for is kept with its Ask, not here."""
    return source(tenant=team(body), conversation="", message_id=body["trigger_id"], account=body["user"]["id"])


def _channel_name(given: str) -> str:
    """As people write it ("#general"); nothing where Slack keeps the name to itself and tells the kind of place."""
    return f"#{given}" if given and given not in NAMELESS and not given.startswith("mpdm-") else ""


def way_back(body: Payload, issued: int) -> dict[str, Any]:
    return {"response_url": text(body["response_url"]), "at": issued} if body.get("response_url") else {}


def team(body: Payload) -> str:
    return text((body.get("team") or {}).get("id") or body["user"]["team_id"])


def ident(kind: str, value: object) -> str:
    value = text(value)
    if len(value) > LONGEST[kind] or not value.isprintable():
        raise ValueError(kind)
    return value


def text(value: object) -> str:
    """Text that a database can keep: without NUL and halves of surrogate pairs, which Slack never sends."""
    if not isinstance(value, str):
        raise TypeError("text expected")
    if "\0" in value:
        raise ValueError("NUL")
    value.encode()  # raises ValueError at half a pair
    return value
