"""*Give kudos* from Slack's menus: the form at once, and on a message with its author, its words and its link."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from slack_bolt.async_app import AsyncAck

from bot.protocol.turns import About, Command
from channels.slack.handlers.turns import TurnRunner
from channels.slack.inbound.interactions import parse_global_shortcut, parse_home_button, parse_message_shortcut
from channels.slack.outbound.responses import SLACK_CALL_ERRORS, SlackResponder
from channels.slack.types import SlackBody
from channels.slack.workspaces.workspaces import Workspaces
from channels.tasks.background import BackgroundTasks, wait_until_done

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ShortcutHandler:
    workspaces: Workspaces
    talks: TurnRunner
    answers: SlackResponder
    under_way: BackgroundTasks
    clock: Callable[[], datetime]
    permalink_s: float

    async def on_global(self, ack: AsyncAck, body: SlackBody) -> None:
        await self.under_way.run_promptly(self._opened(parse_global_shortcut(body), body), wait_until_done)
        await ack()

    async def on_message(self, ack: AsyncAck, body: SlackBody) -> None:
        turn = parse_message_shortcut(body, int(self.clock().timestamp()))
        await self.under_way.run_promptly(self._opened_about(turn, body), wait_until_done)
        await ack()

    async def on_home_button(self, ack: AsyncAck, body: SlackBody) -> None:
        await self.under_way.run_promptly(self._opened(parse_home_button(body), body), wait_until_done)
        await ack()

    async def _opened(self, turn: Command, body: SlackBody) -> None:
        await self.answers.in_modal(await self.talks.answered(turn), body)

    async def _opened_about(self, turn: Command, body: SlackBody) -> None:
        """Open the kudos form for a message.

        The link and the author are looked up at the same time, because the form needs both and the trigger expires.
        """
        met, link = await asyncio.gather(self.talks.profiles.introduce(turn), self._link(turn, body))
        about = replace(met, source=replace(met.source, about=About(link)))
        await self.answers.in_modal(await self.talks.answered_known(about), body)

    async def _link(self, turn: Command, body: SlackBody) -> str:
        """Return the link to the message, or "" if Slack fails to give it in time, as for a place without the bot."""
        try:
            client = self.workspaces.client_of(turn.source.tenant)
            call = client.chat_getPermalink(channel=body["channel"]["id"], message_ts=body["message"]["ts"])
            return str((await asyncio.wait_for(call, self.permalink_s))["permalink"])
        except SLACK_CALL_ERRORS as error:
            log.info("no link to a message", extra={"action": "no_permalink", "error": type(error).__name__})
            return ""
