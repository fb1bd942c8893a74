"""Posts outside a turn, and their edits."""

import logging
from dataclasses import dataclass, replace
from typing import Any

from bot.announcer import Destination, Unable
from bot.cards import Card, Text
from bot.dispatch import LANGUAGE
from bot.pictures import fetchable
from bot.words import Copy, language_for
from channels.teams import api
from channels.teams.api import Connector, Json
from channels.teams.references import References
from channels.teams.render import adaptive_card

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Posts:
    """The port to the announcer. Both raise RetryLater, Gone, Unclear or Misconfigured, and NotTaken."""

    connector: Connector
    references: References
    public_url: str = ""  # where Teams can fetch the pictures that we serve

    async def post(self, to: Destination, card: Card) -> dict[str, Any]:
        """Post, in the thread that the turn came from, in a place, or to a person alone.

        Returns {"service_url", "conversation", "message"}.
        """
        service_url, conversation = await self._where(to)
        try:
            sent = await self.connector.send(service_url, conversation, self.said(card, alert=to.direct))
        except api.TooLarge:
            sent = await self.connector.send(service_url, conversation, self.said(_short(card), alert=to.direct))
        return {"service_url": service_url, "conversation": conversation, "message": sent}

    async def edit(self, to: Destination, ref: dict[str, Any], card: Card) -> None:
        """The message becomes this card; a deleted one is left alone. Raises Unable where Teams takes no edit."""
        try:
            await self._updated(ref, card)
        except api.Missing:
            log.info("a message is not there any more", extra={"action": "edit_missing"})
        except api.NeverTaken as no:
            raise Unable(str(no)) from None

    async def _updated(self, ref: dict[str, Any], card: Card) -> None:
        where = ref["service_url"], ref["conversation"], ref["message"]
        try:
            await self.connector.update(*where, self.said(card))
        except api.TooLarge:
            await self.connector.update(*where, self.said(_short(card)))

    def said(self, card: Card, *, alert: bool = False) -> Json:
        """The card as an activity."""
        shown = adaptive_card(fetchable(card, self.public_url), Copy(language_for(LANGUAGE.get())))
        return api.message(shown, card.summary, alert=alert)

    async def _where(self, to: Destination) -> tuple[str, str]:
        if to.direct:
            return await self.references.alone_with(to.tenant, to.external_id, to.details)
        service_url = to.details.get("service_url") or to.origin.get("service_url")
        if not service_url:
            raise api.Missing("no reference")
        return str(service_url), str(to.origin.get("conversation") or to.external_id)


def _short(card: Card) -> Card:
    """What a connector takes that takes less than ours: the sentence that says it all."""
    return replace(card, body=(Text((card.summary,)),))
