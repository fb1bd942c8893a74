"""Links to celebrations in what people write: the card appears below their message."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot import links, shared
from bot.dispatch import Bot
from bot.links import Subject
from bot.pictures import fetchable
from bot.turns import Command
from channels.slack import api, payloads, render
from channels.slack.answers import Body
from channels.slack.mrkdwn import Json
from channels.slack.payloads import Payload
from channels.slack.profiles import Profiles
from channels.slack.workspaces import Workspaces
from channels.under_way import UnderWay, finished

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
        urls = links.ours(_addresses(body), self.bot.site, self.bot.key)
        if urls and not body.get("is_ext_shared_channel"):
            await self.under_way.promptly(self._unfold(_sharing(body), urls, _where(body)), finished)

    async def _unfold(self, sharing: Command, urls: Mapping[str, Subject], where: Json) -> None:
        met = await self.profiles.introduce(sharing)
        async with self.bot.reading.begin() as session:
            cards, copy = await shared.cards(session, met.source, urls)
        shown = {url: {"blocks": render.blocks(fetchable(card, self.bot.site), copy)} for url, card in cards.items()}
        if shown:
            await self._put(met.source.tenant, where | {"unfurls": shown})

    async def _put(self, team: str, call: Json) -> None:
        """The link is there without a card too: that Slack did not take it is told to the log only."""
        try:
            await self.workspaces.client_of(team).chat_unfurl(**call)
        except (SlackApiError, ClientError, OSError) as error:
            code = api.code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
            log.warning("a link was not unfolded", extra={"action": "unfurl_failed", "error": code})


@payloads.checked
def _addresses(body: Payload) -> list[str]:
    return [payloads.text(link["url"]) for link in body["event"].get("links") or ()]


@payloads.checked
def _sharing(body: Payload) -> Command:
    """Somebody shows the links where they are; there are no words that concern us."""
    event = body["event"]
    place = event["channel"]
    return Command(
        payloads.source(
            tenant=body["team_id"],
            conversation="" if place == COMPOSER else place,
            message_id=event["message_ts"],
            account=event["user"],
        ),
        "",
    )


@payloads.checked
def _where(body: Payload) -> dict[str, Any]:
    """As Slack names the message; one that is still being written has no other name than the first."""
    event = body["event"]
    if event.get("unfurl_id") and event.get("source"):
        return {"unfurl_id": payloads.text(event["unfurl_id"]), "source": payloads.text(event["source"])}
    return {"channel": payloads.text(event["channel"]), "ts": payloads.text(event["message_ts"])}
