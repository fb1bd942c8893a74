"""Requests from a workspace that has not installed the app, or has removed it: they are received and ignored."""

from dataclasses import dataclass
from typing import Any

from bot.dispatch.dispatcher import Bot
from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Text
from channels.slack.api import post_to_response_url
from channels.slack.inbound.payloads import MalformedSlackPayload, get_team_id, parse_slack_id, reject_malformed
from channels.slack.inbound.verification import get_request_kind
from channels.slack.outbound.responses import try_slack_call
from channels.slack.render.cards import render_slack_card
from channels.slack.types import SlackBody
from channels.slack.workspaces.workspaces import Workspaces
from channels.tasks.background import BackgroundTasks
from engine.admin.settings import load_settings

WORKSPACELESS_TYPES = frozenset({"url_verification"})  # what Slack says without meaning a workspace


@dataclass(frozen=True, slots=True)
class NotInstalled:
    workspaces: Workspaces
    bot: Bot
    under_way: BackgroundTasks

    async def sent(self, body: SlackBody) -> bool:
        """Return whether the request comes from a workspace that is not served.

        Return False for a malformed one, which is refused elsewhere.
        """
        try:
            return get_request_kind(body) not in WORKSPACELESS_TYPES and not await self.workspaces.serves(_team(body))
        except MalformedSlackPayload:
            return False

    def answer(self, body: SlackBody) -> None:
        """Explain it in the background to the person alone, if the request has a reply URL."""
        way_back = body.get("response_url")
        if isinstance(way_back, str) and way_back:
            self.under_way.run_in_background(self._say(way_back))

    async def _say(self, way_back: str) -> None:
        async with self.bot.reading.begin() as session:
            copy = Copy(choose_language((await load_settings(session)).language))
        words = copy.line("slack.not_installed")
        said = render_slack_card(Card(copy.line("notices.refused"), words, (Text((words,)),)), copy)
        await try_slack_call(
            post_to_response_url(self.workspaces.plain, way_back, said | {"response_type": "ephemeral"})
        )


@reject_malformed
def _team(body: SlackBody) -> str:
    """Return the id of the workspace under which all of the request is stored."""
    said: Any = body["team_id"] if "command" in body or "event" in body else get_team_id(body)
    return parse_slack_id("tenant", said)
