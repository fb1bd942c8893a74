"""The language of the channel's own short texts outside a turn."""

from bot.i18n.copy import Copy
from bot.i18n.reader_copy import choose_reader_copy
from bot.protocol.turns import Source
from channels.telegram.inbound.updates import TELEGRAM_CHANNEL
from engine.admin.settings import load_settings
from engine.db.connection import SessionFactory
from engine.people.lookup import find_people_by_account


async def load_reader_copy(sessions: SessionFactory, source: Source) -> Copy:
    """Load the texts in the person's own language, else their client's, else the organisation's, as in a turn."""
    async with sessions.begin() as session:
        behind = await find_people_by_account(
            session, channel=TELEGRAM_CHANNEL, tenant=source.tenant, accounts=[source.account]
        )
        return choose_reader_copy(behind.get(source.account), source.locale, await load_settings(session))
