"""The port to the channels, and what may go wrong there, named by the reaction it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.protocol.elements import Card


class RetryLater(Exception):
    """The platform asks for patience: `after` seconds for this destination."""

    def __init__(self, after: float) -> None:
        super().__init__(f"retry after {after} s")
        self.after = after


class DestinationGone(Exception):
    """The destination is no more: the place is archived, the bot was removed, the person has left or blocked it."""


class Rejected(Exception):
    """The channel will always refuse the card: a new card is not shown, a shown one stays as it is."""


class DeliveryUncertain(Exception):
    """The call failed after the card had left: whether it is out is not known."""


class Misconfigured(Exception):
    """The channel refuses us: a revoked token, a missing right. An administrator must act."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where one card goes: a place, or (`direct`) a person's own conversation with the bot."""

    tenant: str
    external_id: str  # the place's id, or the person's account
    direct: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)  # the place's own reference
    origin: Mapping[str, Any] = field(default_factory=dict)  # the turn's way back (Slack's response_url)
    delivery: str = ""  # names the card: a channel may write it on the message, to find it again
    unclear: bool = False  # the card may be out already: where the channel can look, it edits instead of posting twice


class Channel(Protocol):
    """What each channel can do outside a turn. Mentions in the card carry the channel's accounts already.

    Both methods raise RetryLater, Gone, Unable, Unclear or Misconfigured; anything else is tried again with
    a growing delay.
    """

    name: str

    async def post(self, to: Destination, card: Card) -> dict[str, Any]:
        """Send the card; returns the platform's own name of the message, for `edit`.

        Where it could only go out by the turn's own way back, the name also holds `invite`: what people type in that
        place to let us in for good.
        """
        ...

    async def edit(self, to: Destination, ref: dict[str, Any], card: Card) -> None:
        """Replace the message `ref` with this card. A message that is the same already counts as a success."""
        ...
