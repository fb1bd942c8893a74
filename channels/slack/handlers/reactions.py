"""Thanks by an emoji on a colleague's message, where a setting names one. Taking the emoji away takes them back."""

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.protocol.channel import DeliveryUncertain, RetryLater
from bot.protocol.turns import About, Command
from channels.slack.api import get_slack_error_code, translate_slack_error
from channels.slack.handlers.messages import MessageHandler, RedeliveryWanted
from channels.slack.inbound.events import MessageReaction, parse_reaction, quote_slack_message
from channels.slack.types import SlackBody
from channels.slack.workspaces.workspaces import Workspaces
from engine.admin import settings as admin_settings
from engine.admin.settings import load_settings
from engine.people.eligibility import get_eligible_names

EMOJI_SETTING_TTL = timedelta(seconds=30)  # for so long the setting is not read again: people react a lot

log = logging.getLogger(__name__)


@dataclass(slots=True)
class ReactionHandler:
    workspaces: Workspaces
    hearing: MessageHandler
    message_s: float
    _emoji: str = admin_settings.REACTION_OFF
    _read_at: datetime | None = None

    async def on_added(self, body: SlackBody, request: Any) -> None:
        """Thank the author of the message for a reaction. Only a refusal is shown, to the person who reacted alone."""
        if given := await self._wanted(body):
            turn = await self._turn(given)
            met = turn and await self.hearing.talks.profiles.introduce(turn)
            if met and await self._is_ours(given):
                await self.hearing.hear(met, _there(given), request)

    async def on_removed(self, body: SlackBody, request: Any) -> None:
        if given := await self._wanted(body):
            name = f"{given.source.message_id}:removed"
            await self.hearing.take_back(given.source, name, _there(given), request)

    async def _wanted(self, body: SlackBody) -> MessageReaction | None:
        """Return the reaction if it uses the emoji of the setting and is on another person's message, else None."""
        given = parse_reaction(body)
        if given is None or given.source.account == given.author or await self._setting() != given.emoji:
            return None
        return given

    async def _setting(self) -> str:
        bot = self.hearing.talks.bot
        now = bot.clock()
        if self._read_at is None or now - self._read_at > EMOJI_SETTING_TTL:
            async with bot.reading.begin() as session:
                self._emoji = (await load_settings(session)).kudos_reaction
            self._read_at = now
        return self._emoji

    async def _is_ours(self, given: MessageReaction) -> bool:
        """Return whether the person who reacted may take part. Others may react as they like and get no answer."""
        source = given.source
        who = {"channel": source.channel, "tenant": source.tenant}
        async with self.hearing.talks.bot.reading.begin() as session:
            return bool(await get_eligible_names(session, accounts=[source.account], **who))

    async def _turn(self, given: MessageReaction) -> Command | None:
        """Build the kudos turn for a reaction.

        Return None if the message has no human author, or the emoji is gone by now.
        """
        found = await self._message(given)
        said = quote_slack_message(found)
        if not said or not given.is_on(found):
            return None
        about = About(str(found.get("permalink") or ""), given.gesture)
        return Command(replace(given.source, about=about), "kudos", said)

    async def _message(self, given: MessageReaction) -> SlackBody:
        """Fetch the message with the emoji, or return {} if Slack refuses to show it.

        The call works without a scope to read the channel. Raises RedeliveryWanted if Slack may answer later.
        """
        try:
            client = self.workspaces.client_of(given.source.tenant)
            call = client.reactions_get(channel=given.source.conversation, timestamp=given.ts, full=True)
            return (await asyncio.wait_for(call, self.message_s)).get("message") or {}
        except SlackApiError as error:
            if isinstance(meaning := translate_slack_error(error), RetryLater | DeliveryUncertain):
                raise RedeliveryWanted(str(meaning)) from None
            log.warning(
                "a message was not shown", extra={"action": "reaction_failed", "error": get_slack_error_code(error)}
            )
            return {}
        except (ClientError, OSError) as error:
            raise RedeliveryWanted(type(error).__name__) from None


def _there(given: MessageReaction) -> SlackBody:
    return {"user": given.source.account, "channel": given.source.conversation}
