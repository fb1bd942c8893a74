"""Links to celebrations in what people write: the card appears below their message."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot import links, shared
from bot.dispatch import LANGUAGE, Bot
from channels.teams.api import Json
from channels.teams.inbound import Malformed, Payload
from channels.teams.posts import Posts
from channels.teams.roster import Roster
from channels.teams.search import listed

VERSION = "1.3"  # of Adaptive Cards: a link takes no newer one


@dataclass(frozen=True, slots=True)
class Unfolding:
    bot: Bot
    posts: Posts
    roster: Roster

    async def answer(self, activity: Payload) -> Json:
        """The card of the link; {} where it is none of ours, or nothing for whoever pastes it. Raises Malformed."""
        urls = links.ours([_address(activity.get("value"))], self.bot.site, self.bot.key)
        if not urls:
            return {}
        reader = await self.roster.sender_of(activity)
        async with self.bot.reading.begin() as session:
            cards, copy = await shared.cards(session, reader, urls)
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
