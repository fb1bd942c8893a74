"""Turns in, answers out: whoever is in a turn is looked up first, and then the bot is asked."""

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
        """What the bot says, and in which language. Never raises what the bot could say."""
        return await self.answered_known(await self.profiles.introduce(turn))

    async def introduced(self, turn: Turn) -> Turn:
        """The turn with everybody looked up who is in it, as far as Slack tells now."""
        return await self.groups.opened(await self.profiles.introduce(turn))

    async def answered_known(self, turn: Turn) -> SlackReply:
        """The same for a turn whose people were introduced already."""
        reply = await self.bot.handle(await self.groups.opened(turn))
        self.home.changed(turn.source)
        return SlackReply(reply, Copy(choose_language(CURRENT_LANGUAGE.get())), turn.source.tenant)

    async def settle(self, source: Source) -> None:
        """What was said is said: whichever replica gets this event again stays quiet."""
        async with self.bot.writing.begin() as session:
            await replace_answer(
                session,
                channel=source.channel,
                tenant=source.tenant,
                conversation=source.conversation,
                message_id=source.message_id,
                reply=dump_value(Quiet()),
            )
