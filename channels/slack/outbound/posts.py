"""Posts outside a turn, and their edits."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from bot.protocol.channel import Destination, DestinationGone, Rejected
from bot.protocol.context import CURRENT_LANGUAGE
from bot.protocol.elements import Card, Picture, Text, Url
from bot.protocol.pictures import resolve_picture_urls
from channels.slack import api, limits
from channels.slack.api import (
    get_slack_error_code,
    post_to_response_url,
    translate_connection_error,
    translate_question_error,
    translate_slack_error,
)
from channels.slack.outbound.duplicates import build_delivery_metadata, find_delivered_message
from channels.slack.outbound.too_long import send_or_shorten
from channels.slack.render.cards import render_slack_card
from channels.slack.types import SlackPayloadJson
from channels.slack.workspaces.workspaces import Workspaces

NO_UNFURL = {"unfurl_links": False, "unfurl_media": False}
MESSAGE_DELETED_CODES = frozenset({"message_not_found", "thread_not_found"})
UNEDITABLE_CODES = frozenset({"cant_update_message", "edit_window_closed"})
INVITE_COMMAND = "/invite @Laurel"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SlackPoster:
    """The port to the announcer."""

    workspaces: Workspaces
    clock: Callable[[], datetime]
    public_url: str = ""  # where Slack fetches the product's pictures

    async def post(self, to: Destination, card: Card) -> dict[str, Any]:
        """Post a card, directly or in a place.

        If the bot is not a member there, use the turn's own reply URL while it is valid. Return {"channel", "ts"}, or
        {"response_url", "at", "invite"}: the giver should learn how to invite the bot. A post that may be there already
        is looked up first, and edited.
        """
        try:
            card = resolve_picture_urls(card, self.public_url)
            client = self.workspaces.client_of(to.tenant)
            channel = await _direct(client, to) if to.direct else to.external_id
            return await self._posted_once(client, channel, to, card)
        except api.SLACK_CONNECTION_ERRORS as error:
            raise translate_connection_error(error) from None
        except SlackApiError as error:
            if get_slack_error_code(error) in api.NOT_MEMBER_CODES and not to.direct and self._lives(to.origin):
                await self._respond(to.origin, _said(card) | {"response_type": "in_channel", "replace_original": False})
                return {"response_url": to.origin["response_url"], "at": to.origin["at"], "invite": INVITE_COMMAND}
            raise translate_slack_error(error) from None

    async def edit(self, to: Destination, ref: dict[str, Any], card: Card) -> None:
        """Replace the message by this card.

        A deleted message stays deleted. Raises Rejected if Slack does not take the edit.
        """
        card = resolve_picture_urls(card, self.public_url)
        if "response_url" in ref:
            return await self._edit_back(ref, card)
        try:
            client = self.workspaces.client_of(to.tenant)
            await _taken(client, card, "chat.update", {"channel": ref["channel"], "ts": ref["ts"]})
        except SlackApiError as error:
            if get_slack_error_code(error) in UNEDITABLE_CODES:
                raise Rejected(get_slack_error_code(error)) from None
            if get_slack_error_code(error) not in MESSAGE_DELETED_CODES:
                raise translate_slack_error(error) from None

    async def _posted_once(self, client: AsyncWebClient, channel: str, to: Destination, card: Card) -> dict[str, Any]:
        found = await find_delivered_message(client, channel, to.delivery) if to.unclear else None
        if found:
            await self.edit(to, found, card)
            return found
        call = {"channel": channel, "metadata": build_delivery_metadata(to.delivery)} | NO_UNFURL
        posted = await _taken(client, card, "chat.postMessage", call)
        return {"channel": posted["channel"], "ts": posted["ts"]}

    async def _edit_back(self, ref: Mapping[str, Any], card: Card) -> None:
        if not self._lives(ref):
            raise Rejected("expired_url")
        try:
            await self._respond(ref, _said(card) | {"replace_original": True})
        except DestinationGone:
            raise Rejected("expired_url") from None

    async def _respond(self, way: Mapping[str, Any], message: SlackPayloadJson) -> None:
        plain = self.workspaces.plain
        await send_or_shorten(lambda said: post_to_response_url(plain, way["response_url"], said), message)

    def _lives(self, way: Mapping[str, Any]) -> bool:
        return bool(way.get("response_url")) and self.clock().timestamp() - way["at"] < limits.RESPONSE_URL_LIFETIME_S


async def _direct(client: AsyncWebClient, to: Destination) -> str:
    try:
        opened = await client.conversations_open(users=[to.external_id])
    except (TimeoutError, SlackApiError, *api.SLACK_CONNECTION_ERRORS) as error:
        raise translate_question_error(error) from None
    return str(opened["channel"]["id"])


async def _taken(client: AsyncWebClient, card: Card, method: str, call: SlackPayloadJson) -> AsyncSlackResponse:
    """Call `method` with the card and return Slack's answer.

    If Slack cannot fetch a picture, or finds the card too long, send less of it.
    """
    try:
        return await client.api_call(method, json=call | _said(card))
    except SlackApiError as error:
        reduce = FALLBACKS_BY_CODE.get(get_slack_error_code(error))
        if reduce is None or (less := reduce(card)) == card:
            raise
        log.info("Slack did not take all of it", extra={"action": "sent_less", "error": get_slack_error_code(error)})
        return await client.api_call(method, json=call | _said(less))


def _said(card: Card) -> SlackPayloadJson:
    return render_slack_card(card, Copy(choose_language(CURRENT_LANGUAGE.get())))


def _without_pictures(card: Card) -> Card:
    body = tuple(Text((Url(part.alt, part.url),)) if isinstance(part, Picture) else part for part in card.body)
    return replace(card, body=body)


def _short(card: Card) -> Card:
    """Return the card reduced to its summary sentence."""
    return replace(card, body=(Text((card.summary,)),))


FALLBACKS_BY_CODE: Mapping[str, Callable[[Card], Card]] = {
    "invalid_blocks": _without_pictures,
    "msg_too_long": _short,
    "msg_blocks_too_long": _short,
}
"""How a card is reduced before it is sent again, by Slack's code of the fault."""
