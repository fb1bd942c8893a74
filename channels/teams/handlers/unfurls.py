"""Links to celebrations in what people write: the card appears below their message."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.dispatch.dispatcher import Bot
from bot.protocol import links as protocol_links
from bot.protocol.context import LANGUAGE
from bot.views import link_preview
from channels.teams.connector.client import Json
from channels.teams.handlers.search import listed
from channels.teams.inbound.activities import Malformed, Payload
from channels.teams.outbound.posts import Posts
from channels.teams.people.profiles import Roster

VERSION = "1.3"  # of Adaptive Cards: a link takes no newer one


@dataclass(frozen=True, slots=True)
class Unfolding:
    bot: Bot
    posts: Posts
    roster: Roster

    async def answer(self, activity: Payload) -> Json:
        """The card of the link; {} where it is none of ours, or nothing for whoever pastes it. Raises Malformed."""
        urls = protocol_links.ours([_address(activity.get("value"))], self.bot.site, self.bot.key)
        if not urls:
            return {}
        reader = await self.roster.sender_of(activity)
        async with self.bot.reading.begin() as session:
            cards, copy = await link_preview.cards(session, reader, urls)
        LANGUAGE.set(copy.language)
        shown = [listed(self.posts, card) for card in cards.values()]
        for one in shown:
            one["content"] = one["content"] | {"version": VERSION}
        found = {"type": "result", "attachmentLayout": "list", "attachments": shown}
        return {"composeExtension": found} if shown else {}


def _address(value: object) -> str:
    url = value.get("url") if isinstance(value, Mapping) else None
    if not isinstance(url, str):
        raise Malformed("queryLink")
    return url
