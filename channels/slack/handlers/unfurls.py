"""Links to celebrations in what people write: the card appears below their message."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.dispatch.dispatcher import Bot
from bot.protocol import links as protocol_links
from bot.protocol.links import Subject
from bot.protocol.pictures import fetchable
from bot.protocol.turns import Command
from bot.views import link_preview
from channels.slack import api
from channels.slack.inbound import payloads as inbound_payloads
from channels.slack.inbound.payloads import Payload
from channels.slack.people.profiles import Profiles
from channels.slack.render import cards as render_cards
from channels.slack.types import Body, Json
from channels.slack.workspaces.workspaces import Workspaces
from channels.tasks.background import UnderWay, finished

COMPOSER = "COMPOSER"  # in the place of a conversation: somebody is still writing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unfurls:
    workspaces: Workspaces
    bot: Bot
    profiles: Profiles
    under_way: UnderWay

    async def on_shared(self, body: Body) -> None:
        """Unfold what is ours. What other organisations read along with stays as it is; a repeated event changes
        nothing, since Slack puts the same card in the same place.
        """
        urls = protocol_links.ours(_addresses(body), self.bot.site, self.bot.key)
        if urls and not body.get("is_ext_shared_channel"):
            await self.under_way.promptly(self._unfold(_sharing(body), urls, _where(body)), finished)

    async def _unfold(self, sharing: Command, urls: Mapping[str, Subject], where: Json) -> None:
        met = await self.profiles.introduce(sharing)
        async with self.bot.reading.begin() as session:
            cards, copy = await link_preview.cards(session, met.source, urls)
        shown = {
            url: {"blocks": render_cards.blocks(fetchable(card, self.bot.site), copy)} for url, card in cards.items()
        }
        if shown:
            await self._put(met.source.tenant, where | {"unfurls": shown})

    async def _put(self, team: str, call: Json) -> None:
        """The link is there without a card too: that Slack did not take it is told to the log only."""
        try:
            await self.workspaces.client_of(team).chat_unfurl(**call)
        except (SlackApiError, ClientError, OSError) as error:
            code = api.code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
            log.warning("a link was not unfolded", extra={"action": "unfurl_failed", "error": code})


@inbound_payloads.checked
def _addresses(body: Payload) -> list[str]:
    return [inbound_payloads.text(link["url"]) for link in body["event"].get("links") or ()]


@inbound_payloads.checked
def _sharing(body: Payload) -> Command:
    """Somebody shows the links where they are; there are no words that concern us."""
    event = body["event"]
    place = event["channel"]
    return Command(
        inbound_payloads.source(
            tenant=body["team_id"],
            conversation="" if place == COMPOSER else place,
            message_id=event["message_ts"],
            account=event["user"],
        ),
        "",
    )


@inbound_payloads.checked
def _where(body: Payload) -> dict[str, Any]:
    """As Slack names the message; one that is still being written has no other name than the first."""
    event = body["event"]
    if event.get("unfurl_id") and event.get("source"):
        return {
            "unfurl_id": inbound_payloads.text(event["unfurl_id"]),
            "source": inbound_payloads.text(event["source"]),
        }
    return {"channel": inbound_payloads.text(event["channel"]), "ts": inbound_payloads.text(event["message_ts"])}
