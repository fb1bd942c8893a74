"""The message extension's search: celebrations to put into a message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.cards import help, notices
from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Quote, Text, as_text
from bot.views import search as views_search
from channels.teams import limits
from channels.teams.connector.client import Json
from channels.teams.inbound.activities import CHANNEL, Malformed, Payload
from channels.teams.outbound.posts import Posts
from channels.teams.people.profiles import Roster
from engine.db.connection import Sessions

PREVIEW = "application/vnd.microsoft.card.thumbnail"


@dataclass(frozen=True, slots=True)
class Search:
    reading: Sessions
    posts: Posts
    roster: Roster

    async def answer(self, activity: Payload, copy: Copy) -> Json:
        """The celebrations that have the words in them; with no words the newest. Raises Malformed."""
        typed, offset = _asked(activity.get("value"))
        asker = await self.roster.sender_of(activity)
        async with self.reading.begin() as session:
            found = await views_search.cards(session, asker, typed, limit=limits.FOUND, offset=offset)
        if not found:
            words = copy.line("teams.nothing_found") if found is not None else _way_in(copy)
            return {"composeExtension": {"type": "message", "text": words}}
        shown = [listed(self.posts, card) for card in found]
        return {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": shown}}


def listed(posts: Posts, card: Card) -> Json:
    """The card as one of the results of a message extension, with what is seen of it before it is chosen."""
    shown = dict(posts.said(card)["attachments"][0])
    return shown | {"preview": {"contentType": PREVIEW, "content": _told_apart(card)}}


def _way_in(copy: Copy) -> str:
    """For who is nobody of ours: the search may be open in a chat that we could not hear anything in."""
    return notices.stranger(copy, help.to_link(help.way_of(CHANNEL, private=True), copy), "").summary


def _told_apart(card: Card) -> Json:
    """Who and for what: the titles of celebrations are all alike, and a long line is cut."""
    who = next((as_text(part.spans) for part in card.body if isinstance(part, Text)), card.title)
    words = next((part.words for part in card.body if isinstance(part, Quote)), card.summary)
    return {"title": who, "text": words}


def _asked(value: object) -> tuple[str, int]:
    """The words, and how many results the person has seen already."""
    if not isinstance(value, Mapping):
        raise Malformed("query")
    given = value.get("parameters") or []
    options: Any = value.get("queryOptions") or {}
    if not isinstance(given, list) or not isinstance(options, Mapping):
        raise Malformed("query")
    first = next((one for one in given if isinstance(one, Mapping) and one.get("name") != "initialRun"), {})
    words, skip = first.get("value") or "", options.get("skip") or 0
    if not isinstance(words, str) or not isinstance(skip, int):
        raise Malformed("query")
    return words, skip
