"""Turns in, answers out: whoever is in a turn is looked up first, and then the bot is asked."""

from dataclasses import dataclass

from bot import values
from bot.dispatch import LANGUAGE, Bot
from bot.turns import Quiet, Source, Turn
from bot.words import Copy, language_for
from channels.slack.answers import Answered
from channels.slack.groups import Groups
from channels.slack.home import Home
from channels.slack.profiles import Profiles
from engine import inbox


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
            await inbox.settle(
                session,
                channel=source.channel,
                tenant=source.tenant,
                conversation=source.conversation,
                message_id=source.message_id,
                reply=values.dump(Quiet()),
            )
