"""The language of the channel's own few words, where no turn has told it."""

from bot.turns import Source
from bot.words import Copy, language_for
from channels.telegram.inbound import CHANNEL
from engine import people, settings
from engine.db import Sessions


async def copy_for(sessions: Sessions, source: Source) -> Copy:
    """The person's own language, else their client's, else the organisation's: as the bot answers a turn."""
    async with sessions.begin() as session:
        behind = await people.behind(session, channel=CHANNEL, tenant=source.tenant, accounts=[source.account])
        usual = (await settings.load(session)).language
    person = behind.get(source.account)
    return Copy(language_for(person.locale if person else None, source.locale, usual))
