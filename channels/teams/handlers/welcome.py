"""What the bot says once where it was just let in: in the place, or alone to who let it into a big team."""

import logging
from dataclasses import dataclass

from bot.i18n.copy import Copy
from bot.protocol.channel import Gone
from bot.protocol.elements import Card
from channels.teams.connector.client import FAULTS, Connector
from channels.teams.inbound import activities
from channels.teams.inbound import events as inbound_events
from channels.teams.inbound.activities import Payload
from channels.teams.outbound.conversation_references import References
from channels.teams.outbound.posts import Posts

BIG = 100  # members of a team: in a larger one a greeting would be noise for most of them

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Welcome:
    connector: Connector
    references: References
    posts: Posts

    async def say(self, activity: Payload, copy: Copy) -> None:
        """To a place, or a person, that is new to us. Raises what the connector does."""
        if activities.is_personal(activity):
            await self._here(card(copy, "help.how.direct", "teams.welcome_more"), activity)
        elif await self._is_big(activity):
            await self._alone(card(copy, "teams.welcome_big", "teams.welcome_more_place"), activity)
        else:
            await self._here(card(copy, "help.how.mention", "teams.welcome_more_place"), activity)

    async def _here(self, said: Card, activity: Payload) -> None:
        await self.connector.send(activity["serviceUrl"], activity["conversation"]["id"], self.posts.said(said))

    async def _alone(self, said: Card, activity: Payload) -> None:
        """Whoever cannot be told alone is told nothing: everybody would hear it."""
        try:
            there = await self.references.alone_with_sender(activity)
            await self.connector.send(*there, self.posts.said(said))
        except Gone:
            log.info("nobody was welcomed", extra={"action": "welcome_untold"})

    async def _is_big(self, activity: Payload) -> bool:
        """Where nobody can tell, it is not."""
        team = inbound_events.team_of(activity)
        try:
            found = await self.connector.team(activity["serviceUrl"], team) if team else {}
        except FAULTS as error:
            log.warning("a team was not counted", extra={"action": "team_failed", "error": type(error).__name__})
            return False
        count = found.get("memberCount")
        return isinstance(count, int) and count > BIG


def card(copy: Copy, how: str, more: str) -> Card:
    """Who we are, how to speak to us, and where to go on; `how` and `more` are keys of the copy."""
    body = (copy.text("help.welcome"), copy.text(how), copy.text(more))
    return Card(copy.line("help.title"), copy.line("help.welcome"), body)
