"""Posts outside of a turn, and their edits."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from bot.protocol.channel import Destination, Rejected
from bot.protocol.context import CURRENT_LANGUAGE
from bot.protocol.elements import Card
from bot.protocol.pictures import resolve_picture_urls
from channels.teams import limits
from channels.teams.connector.client import (
    Connector,
    ConnectorJson,
    TeamsCallRejected,
    TeamsMessageTooLarge,
    TeamsTargetMissing,
    build_message_activity,
)
from channels.teams.inbound.activities import TEAMS_CHANNEL
from channels.teams.outbound.conversation_references import ConversationReferences
from channels.teams.outbound.too_long import shorten_teams_card
from channels.teams.render.cards import render_teams_card
from engine.people.account import Account

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TeamsPoster:
    """The posts and edits of the relay.

    Both methods raise RetryLater, DestinationGone, Rejected, DeliveryUncertain or Misconfigured, and TeamsCallFailed or
    OSError for faults that may pass.
    """

    connector: Connector
    references: ConversationReferences
    public_url: str = ""  # where Teams fetches the product's pictures

    async def post(self, to: Destination, card: Card) -> dict[str, Any]:
        """Post to the thread of the turn, to a place, or to a person alone.

        Return {"service_url", "conversation", "message"}.
        """
        service_url, conversation = await self._where(to)
        send = partial(self.connector.send, service_url, conversation)
        try:
            sent = await self.taken(card, send, alert=to.direct)
        except TeamsMessageTooLarge as no:
            raise Rejected(str(no)) from None
        return {"service_url": service_url, "conversation": conversation, "message": sent}

    async def edit(self, to: Destination, ref: dict[str, Any], card: Card) -> None:
        """Replace the message by this card. A deleted message is ignored. Raises Rejected if Teams refuses the edit."""
        update = partial(self.connector.update, ref["service_url"], ref["conversation"], ref["message"])
        try:
            await self.taken(card, update)
        except TeamsTargetMissing:
            log.info("a message is not there any more", extra={"action": "edit_missing"})
        except TeamsCallRejected as no:
            raise Rejected(str(no)) from None

    async def taken(self, card: Card, send: Callable[[ConnectorJson], Awaitable[T]], *, alert: bool = False) -> T:
        """Pass the card to `send`, or a shorter one if Teams finds it too large. Return and raise as `send`."""
        try:
            return await send(self.said(card, alert=alert))
        except TeamsMessageTooLarge:
            log.warning("a card was too large", extra={"action": "card_too_large"})
            copy = Copy(choose_language(CURRENT_LANGUAGE.get()))
            return await send(self._as_activity(shorten_teams_card(card, copy), copy, limits.SHORT_BYTES, alert))

    def said(self, card: Card, *, alert: bool = False) -> ConnectorJson:
        """Return the card as an activity. With `alert` the person also gets it in their activity feed."""
        return self._as_activity(card, Copy(choose_language(CURRENT_LANGUAGE.get())), limits.CARD_BYTES, alert)

    def _as_activity(self, card: Card, copy: Copy, most: int, alert: bool) -> ConnectorJson:
        shown = render_teams_card(resolve_picture_urls(card, self.public_url), copy, most)
        return build_message_activity(shown, card.summary, alert=alert)

    async def _where(self, to: Destination) -> tuple[str, str]:
        if to.direct:
            return await self.references.alone_with(Account(TEAMS_CHANNEL, to.tenant, to.external_id), to.details)
        service_url = to.details.get("service_url") or to.origin.get("service_url")
        if not service_url:
            raise TeamsTargetMissing("no reference")
        return str(service_url), str(to.origin.get("conversation") or to.external_id)
