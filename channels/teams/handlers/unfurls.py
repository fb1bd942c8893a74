"""Links to celebrations in messages that people write: the card appears below their message."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.dispatch.dispatcher import Bot
from bot.protocol.context import CURRENT_LANGUAGE
from bot.protocol.links import find_own_links
from bot.views.link_preview import list_link_cards
from channels.teams.connector.client import ConnectorJson
from channels.teams.handlers.search import render_search_result
from channels.teams.inbound.activities import ActivityPayload, MalformedActivity
from channels.teams.outbound.posts import TeamsPoster
from channels.teams.people.profiles import TeamsProfiles

UNFURL_CARD_VERSION = "1.3"  # of Adaptive Cards: the newest that Teams shows below a link


@dataclass(frozen=True, slots=True)
class TeamsUnfurlHandler:
    bot: Bot
    posts: TeamsPoster
    roster: TeamsProfiles

    async def answer(self, activity: ActivityPayload) -> ConnectorJson:
        """Return the card of the link.

        Return {} if the link leads elsewhere, or if the person who pastes it may not see the card. Raises
        MalformedActivity.
        """
        urls = find_own_links([_address(activity.get("value"))], self.bot.site, self.bot.key)
        if not urls:
            return {}
        reader = await self.roster.sender_of(activity)
        async with self.bot.reading.begin() as session:
            cards, copy = await list_link_cards(session, reader, urls)
        CURRENT_LANGUAGE.set(copy.language)
        shown = [render_search_result(self.posts, card) for card in cards.values()]
        for one in shown:
            one["content"] = one["content"] | {"version": UNFURL_CARD_VERSION}
        found = {"type": "result", "attachmentLayout": "list", "attachments": shown}
        return {"composeExtension": found} if shown else {}


def _address(value: object) -> str:
    url = value.get("url") if isinstance(value, Mapping) else None
    if not isinstance(url, str):
        raise MalformedActivity("queryLink")
    return url
