"""Links to celebrations in what people write: the card appears below their message."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.dispatch.dispatcher import Bot
from bot.protocol.links import Subject, find_own_links
from bot.protocol.pictures import resolve_picture_urls
from bot.protocol.turns import Command
from bot.views.link_preview import list_link_cards
from channels.slack.api import get_slack_error_code
from channels.slack.inbound.payloads import SlackPayload, build_slack_source, clean_slack_text, reject_malformed
from channels.slack.people.profiles import SlackProfiles
from channels.slack.render.cards import render_slack_blocks
from channels.slack.types import SlackBody, SlackPayloadJson
from channels.slack.workspaces.workspaces import Workspaces
from channels.tasks.background import BackgroundTasks, wait_until_done

COMPOSER_CONVERSATION = "COMPOSER"  # stands for the conversation while a message is being written

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SlackUnfurlHandler:
    workspaces: Workspaces
    bot: Bot
    profiles: SlackProfiles
    under_way: BackgroundTasks

    async def on_shared(self, body: SlackBody) -> None:
        """Unfold links to our site with a card. Channels shared with other organisations are skipped.

        A repeated event changes no card, since Slack puts the same card in the same place.
        """
        urls = find_own_links(_addresses(body), self.bot.site, self.bot.key)
        if urls and not body.get("is_ext_shared_channel"):
            await self.under_way.run_promptly(self._unfold(_sharing(body), urls, _where(body)), wait_until_done)

    async def _unfold(self, sharing: Command, urls: Mapping[str, Subject], where: SlackPayloadJson) -> None:
        met = await self.profiles.introduce(sharing)
        async with self.bot.reading.begin() as session:
            cards, copy = await list_link_cards(session, met.source, urls)
        shown = {
            url: {"blocks": render_slack_blocks(resolve_picture_urls(card, self.bot.site), copy)}
            for url, card in cards.items()
        }
        if shown:
            await self._put(met.source.tenant, where | {"unfurls": shown})

    async def _put(self, team: str, call: SlackPayloadJson) -> None:
        """Send the card of a link to Slack. If Slack refuses, only log it: the link is still there without a card."""
        try:
            await self.workspaces.client_of(team).chat_unfurl(**call)
        except (SlackApiError, ClientError, OSError) as error:
            code = get_slack_error_code(error) if isinstance(error, SlackApiError) else type(error).__name__
            log.warning("a link was not unfolded", extra={"action": "unfurl_failed", "error": code})


@reject_malformed
def _addresses(body: SlackPayload) -> list[str]:
    return [clean_slack_text(link["url"]) for link in body["event"].get("links") or ()]


@reject_malformed
def _sharing(body: SlackPayload) -> Command:
    """Build the turn of a person who shares links: a command at their place, with no text."""
    event = body["event"]
    place = event["channel"]
    return Command(
        build_slack_source(
            tenant=body["team_id"],
            conversation="" if place == COMPOSER_CONVERSATION else place,
            message_id=event["message_ts"],
            account=event["user"],
        ),
        "",
    )


@reject_malformed
def _where(body: SlackPayload) -> dict[str, Any]:
    """Return how Slack names the message. A message still being written has only an `unfurl_id` and a `source`."""
    event = body["event"]
    if event.get("unfurl_id") and event.get("source"):
        return {
            "unfurl_id": clean_slack_text(event["unfurl_id"]),
            "source": clean_slack_text(event["source"]),
        }
    return {"channel": clean_slack_text(event["channel"]), "ts": clean_slack_text(event["message_ts"])}
