"""Turns in, answers out: the people in a turn are looked up first, then the bot is asked."""

from dataclasses import dataclass

from bot.dispatch.dispatcher import Bot
from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from bot.protocol.context import CURRENT_LANGUAGE
from bot.protocol.serialization import dump_value
from bot.protocol.turns import Quiet, Source, Turn
from channels.slack.handlers.app_home import AppHome
from channels.slack.outbound.responses import SlackReply
from channels.slack.people.profiles import SlackProfiles
from channels.slack.people.user_groups import UserGroups
from engine.turns.inbox import replace_answer


@dataclass(frozen=True, slots=True)
class TurnRunner:
    bot: Bot
    profiles: SlackProfiles
    groups: UserGroups
    home: AppHome

    async def answered(self, turn: Turn) -> SlackReply:
        """Look up the people of the turn and return the bot's reply with its language.

        Failures that the bot can report become a reply.
        """
        return await self.answered_known(await self.profiles.introduce(turn))

    async def introduced(self, turn: Turn) -> Turn:
        """Return the turn with all people in it looked up, as far as Slack answers now."""
        return await self.groups.opened(await self.profiles.introduce(turn))

    async def answered_known(self, turn: Turn) -> SlackReply:
        """Return the bot's reply, as `answered`, for a turn whose people are already looked up."""
        reply = await self.bot.handle(await self.groups.opened(turn))
        self.home.changed(turn.source)
        return SlackReply(reply, Copy(choose_language(CURRENT_LANGUAGE.get())), turn.source.tenant)

    async def settle(self, source: Source) -> None:
        """Replace the stored answer by Quiet after it was sent.

        A replica that gets this event again then stays silent.
        """
        async with self.bot.writing.begin() as session:
            await replace_answer(
                session,
                channel=source.channel,
                tenant=source.tenant,
                conversation=source.conversation,
                message_id=source.message_id,
                reply=dump_value(Quiet()),
            )
