"""Turns in, answers out: whoever is in a turn is looked up first, and then the bot is asked."""

from dataclasses import dataclass

from bot.dispatch.dispatcher import Bot
from bot.i18n.catalog import language_for
from bot.i18n.copy import Copy
from bot.protocol import serialization
from bot.protocol.context import LANGUAGE
from bot.protocol.turns import Quiet, Source, Turn
from channels.slack.handlers.app_home import Home
from channels.slack.outbound.responses import Answered
from channels.slack.people.profiles import Profiles
from channels.slack.people.user_groups import Groups
from engine.turns import inbox as turns_inbox


@dataclass(frozen=True, slots=True)
class Talks:
    bot: Bot
    profiles: Profiles
    groups: Groups
    home: Home

    async def answered(self, turn: Turn) -> Answered:
        """What the bot says, and in which language. Never raises what the bot could say."""
        return await self.answered_known(await self.profiles.introduce(turn))

    async def introduced(self, turn: Turn) -> Turn:
        """The turn with everybody looked up who is in it, as far as Slack tells now."""
        return await self.groups.opened(await self.profiles.introduce(turn))

    async def answered_known(self, turn: Turn) -> Answered:
        """The same for a turn whose people were introduced already."""
        reply = await self.bot.handle(await self.groups.opened(turn))
        self.home.changed(turn.source)
        return Answered(reply, Copy(language_for(LANGUAGE.get())), turn.source.tenant)

    async def settle(self, source: Source) -> None:
        """What was said is said: whichever replica gets this event again stays quiet."""
        async with self.bot.writing.begin() as session:
            await turns_inbox.settle(
                session,
                channel=source.channel,
                tenant=source.tenant,
                conversation=source.conversation,
                message_id=source.message_id,
                reply=serialization.dump(Quiet()),
            )
