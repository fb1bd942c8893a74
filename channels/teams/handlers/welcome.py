"""The greeting after the bot was added: in the place itself, or in a large team to the person who added it."""

import logging
from dataclasses import dataclass

from bot.i18n.copy import Copy
from bot.protocol.channel import DestinationGone
from bot.protocol.elements import Card
from channels.teams.connector.client import CONNECTOR_ERRORS, Connector
from channels.teams.inbound.activities import ActivityPayload, is_personal_chat
from channels.teams.inbound.events import get_activity_team
from channels.teams.outbound.conversation_references import ConversationReferences
from channels.teams.outbound.posts import TeamsPoster

LARGE_TEAM_SIZE = 100  # members: a greeting would disturb most people of a larger team

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WelcomeHandler:
    connector: Connector
    references: ConversationReferences
    posts: TeamsPoster

    async def say(self, activity: ActivityPayload, copy: Copy) -> None:
        """Greet a new place or person. Raises what the connector raises."""
        if is_personal_chat(activity):
            await self._here(build_welcome_card(copy, "help.how.direct", "teams.welcome_more"), activity)
        elif await self._is_big(activity):
            await self._alone(build_welcome_card(copy, "teams.welcome_big", "teams.welcome_more_place"), activity)
        else:
            await self._here(build_welcome_card(copy, "help.how.mention", "teams.welcome_more_place"), activity)

    async def _here(self, said: Card, activity: ActivityPayload) -> None:
        await self.connector.send(activity["serviceUrl"], activity["conversation"]["id"], self.posts.said(said))

    async def _alone(self, said: Card, activity: ActivityPayload) -> None:
        """Greet the sender alone. If that fails, skip the greeting, because everyone in the team would read it."""
        try:
            there = await self.references.alone_with_sender(activity)
            await self.connector.send(*there, self.posts.said(said))
        except DestinationGone:
            log.info("nobody was welcomed", extra={"action": "welcome_untold"})

    async def _is_big(self, activity: ActivityPayload) -> bool:
        """Return whether the team has more than LARGE_TEAM_SIZE members. Return False if its size is unknown."""
        team = get_activity_team(activity)
        try:
            found = await self.connector.team(activity["serviceUrl"], team) if team else {}
        except CONNECTOR_ERRORS as error:
            log.warning("a team was not counted", extra={"action": "team_failed", "error": type(error).__name__})
            return False
        count = found.get("memberCount")
        return isinstance(count, int) and count > LARGE_TEAM_SIZE


def build_welcome_card(copy: Copy, how: str, more: str) -> Card:
    """Build the card that introduces the bot, and says how to use it and where to read more.

    `how` and `more` are keys of the copy.
    """
    body = (copy.text("help.welcome"), copy.text(how), copy.text(more))
    return Card(copy.line("help.title"), copy.line("help.welcome"), body)
