"""The language of the channel's own few words, where no turn has told it."""

from bot.i18n.catalog import language_for
from bot.i18n.copy import Copy
from bot.protocol.turns import Source
from channels.telegram.inbound.updates import CHANNEL
from engine.admin import settings as admin_settings
from engine.db.connection import Sessions
from engine.people import lookup as people_lookup


async def copy_for(sessions: Sessions, source: Source) -> Copy:
    """The person's own language, else their client's, else the organisation's: as the bot answers a turn."""
    async with sessions.begin() as session:
        behind = await people_lookup.behind(session, channel=CHANNEL, tenant=source.tenant, accounts=[source.account])
        usual = (await admin_settings.load(session)).language
    person = behind.get(source.account)
    return Copy(language_for(person.locale if person else None, source.locale, usual))
