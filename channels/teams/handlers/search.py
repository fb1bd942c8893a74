"""The message extension's search: celebrations to put into a message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.cards.help import get_addressing_style, get_link_example
from bot.cards.notices import build_unknown_sender_card
from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Quote, Text, render_spans_as_text
from bot.views.search import search_celebration_cards
from channels.teams import limits
from channels.teams.connector.client import ConnectorJson
from channels.teams.inbound.activities import TEAMS_CHANNEL, ActivityPayload, MalformedActivity
from channels.teams.outbound.posts import TeamsPoster
from channels.teams.people.profiles import TeamsProfiles
from engine.db.connection import SessionFactory

THUMBNAIL_TYPE = "application/vnd.microsoft.card.thumbnail"


@dataclass(frozen=True, slots=True)
class SearchHandler:
    reading: SessionFactory
    posts: TeamsPoster
    roster: TeamsProfiles

    async def answer(self, activity: ActivityPayload, copy: Copy) -> ConnectorJson:
        """Return the celebrations that contain the typed words, or the newest ones if no words are typed.

        Raises MalformedActivity.
        """
        typed, offset = _asked(activity.get("value"))
        asker = await self.roster.sender_of(activity)
        async with self.reading.begin() as session:
            found = await search_celebration_cards(session, asker, typed, limit=limits.SEARCH_RESULTS, offset=offset)
        if not found:
            words = copy.line("teams.nothing_found") if found is not None else _way_in(copy)
            return {"composeExtension": {"type": "message", "text": words}}
        shown = [render_search_result(self.posts, card) for card in found]
        return {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": shown}}


def render_search_result(posts: TeamsPoster, card: Card) -> ConnectorJson:
    """Render a card as one result of a message extension, with the preview that is shown before it is chosen."""
    shown = dict(posts.said(card)["attachments"][0])
    return shown | {"preview": {"contentType": THUMBNAIL_TYPE, "content": _told_apart(card)}}


def _way_in(copy: Copy) -> str:
    # as in a private chat: the search may be open in a place that the bot gets no messages from
    example = get_link_example(get_addressing_style(TEAMS_CHANNEL, private=True), copy)
    return build_unknown_sender_card(copy, example, "").summary


def _told_apart(card: Card) -> ConnectorJson:
    """Build the preview of a result from its people and words.

    The titles of celebrations are all alike, and the client cuts long lines.
    """
    who = next((render_spans_as_text(part.spans) for part in card.body if isinstance(part, Text)), card.title)
    words = next((part.words for part in card.body if isinstance(part, Quote)), card.summary)
    return {"title": who, "text": words}


def _asked(value: object) -> tuple[str, int]:
    """Return the typed words and the number of results already shown. Raises MalformedActivity."""
    if not isinstance(value, Mapping):
        raise MalformedActivity("query")
    given = value.get("parameters") or []
    options: Any = value.get("queryOptions") or {}
    if not isinstance(given, list) or not isinstance(options, Mapping):
        raise MalformedActivity("query")
    first = next((one for one in given if isinstance(one, Mapping) and one.get("name") != "initialRun"), {})
    words, skip = first.get("value") or "", options.get("skip") or 0
    if not isinstance(words, str) or not isinstance(skip, int):
        raise MalformedActivity("query")
    return words, skip
