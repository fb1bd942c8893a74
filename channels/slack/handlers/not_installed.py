"""What comes from a workspace that has not installed us, or does not have us any more: heard, and nothing done."""

from dataclasses import dataclass
from typing import Any

from bot.dispatch.dispatcher import Bot
from bot.i18n.catalog import language_for
from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Text
from channels.slack import api
from channels.slack.inbound import payloads as inbound_payloads
from channels.slack.inbound import verification
from channels.slack.inbound.payloads import Malformed
from channels.slack.outbound.responses import taken
from channels.slack.render.cards import message
from channels.slack.types import Body
from channels.slack.workspaces.workspaces import Workspaces
from channels.tasks.background import UnderWay
from engine.admin import settings as admin_settings

OF_NOBODY = frozenset({"url_verification"})  # what Slack says without meaning a workspace


@dataclass(frozen=True, slots=True)
class Elsewhere:
    workspaces: Workspaces
    bot: Bot
    under_way: UnderWay

    async def sent(self, body: Body) -> bool:
        """Whether the request came from there. One of an odd shape is for others to refuse."""
        try:
            return verification.kind(body) not in OF_NOBODY and not await self.workspaces.serves(_team(body))
        except Malformed:
            return False

    def answer(self, body: Body) -> None:
        """Say so to the person alone, where there is a way back; nobody waits for it."""
        way_back = body.get("response_url")
        if isinstance(way_back, str) and way_back:
            self.under_way.go_on(self._say(way_back))

    async def _say(self, way_back: str) -> None:
        async with self.bot.reading.begin() as session:
            copy = Copy(language_for((await admin_settings.load(session)).language))
        words = copy.line("slack.not_installed")
        said = message(Card(copy.line("notices.refused"), words, (Text((words,)),)), copy)
        await taken(api.respond(self.workspaces.plain, way_back, said | {"response_type": "ephemeral"}))


@inbound_payloads.checked
def _team(body: Body) -> str:
    """The workspace that everything of the request is kept under."""
    said: Any = body["team_id"] if "command" in body or "event" in body else inbound_payloads.team(body)
    return inbound_payloads.ident("tenant", said)
