"""Posts outside a turn, and their edits."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.announcer import Destination
from bot.cards import Card, Picture, Text, Url
from bot.dispatch import LANGUAGE
from bot.pictures import fetchable
from bot.words import Copy, language_for
from channels.slack import api, limits
from channels.slack.mrkdwn import Json
from channels.slack.render import message

QUIET = {"unfurl_links": False, "unfurl_media": False}
LEFT_ALONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})

INVITE = "/invite @Laurel"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Posts:
    """The port to the announcer."""

    client: AsyncWebClient
    clock: Callable[[], datetime]
    public_url: str = ""  # where Slack can fetch the pictures that we serve

    async def post(self, to: Destination, card: Card) -> dict[str, Any]:
        """Post, directly or in a place. Where the bot is no member, the turn's own way back is taken while it lives.

        Returns {"channel", "ts"}, or {"response_url", "at", "invite"}: the giver should be told how to invite us.
        """
        try:
            card = fetchable(card, self.public_url)
            channel = await self._direct(to) if to.direct else to.external_id
            return await self._posted(channel, card)
        except SlackApiError as error:
            if api.code_of(error) in api.NO_MEMBER and not to.direct and self._lives(to.origin):
                return await self._back(to.origin, card)
            raise api.meaning_of(error) from None

    async def edit(self, to: Destination, ref: dict[str, Any], card: Card) -> None:
        """The message becomes this card. One that somebody deleted, or that can be edited no more, is left alone."""
        card = fetchable(card, self.public_url)
        if "response_url" in ref:
            if self._lives(ref):
                await api.respond(self.client, ref["response_url"], _said(card) | {"replace_original": True})
            return
        try:
            await self._taken(card, "chat.update", {"channel": ref["channel"], "ts": ref["ts"]})
        except SlackApiError as error:
            if api.code_of(error) not in LEFT_ALONE:
                raise api.meaning_of(error) from None

    async def _direct(self, to: Destination) -> str:
        opened = await self.client.conversations_open(users=[to.external_id])
        return str(opened["channel"]["id"])

    async def _posted(self, channel: str, card: Card) -> dict[str, Any]:
        posted = await self._taken(card, "chat.postMessage", {"channel": channel} | QUIET)
        return {"channel": posted["channel"], "ts": posted["ts"]}

    async def _taken(self, card: Card, method: str, call: Json) -> AsyncSlackResponse:
        """The answer to `method`; where Slack cannot fetch a picture, without pictures."""
        try:
            return await self.client.api_call(method, json=call | _said(card))
        except SlackApiError as error:
            plain = _without_pictures(card)
            if api.code_of(error) != "invalid_blocks" or plain == card:
                raise
            log.info("Slack did not take a picture", extra={"action": "picture_refused"})
            return await self.client.api_call(method, json=call | _said(plain))

    async def _back(self, origin: Mapping[str, Any], card: Card) -> dict[str, Any]:
        body = _said(card) | {"response_type": "in_channel", "replace_original": False}
        await api.respond(self.client, origin["response_url"], body)
        return {"response_url": origin["response_url"], "at": origin["at"], "invite": INVITE}

    def _lives(self, way: Mapping[str, Any]) -> bool:
        return bool(way.get("response_url")) and self.clock().timestamp() - way["at"] < limits.RESPONSE_URL


def _said(card: Card) -> Json:
    return message(card, Copy(language_for(LANGUAGE.get())))


def _without_pictures(card: Card) -> Card:
    body = tuple(Text((Url(part.alt, part.url),)) if isinstance(part, Picture) else part for part in card.body)
    return replace(card, body=body)
