"""Who asks for a view, and in which language they read it."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.i18n.copy import Copy
from bot.i18n.reader_copy import choose_reader_copy
from bot.protocol.turns import Source
from engine.admin.settings import Settings
from engine.people.models import Person
from engine.turns.turn_context import load_turn_context


@dataclass(frozen=True, slots=True)
class Reader:
    """The person behind the account that asks, None if it is linked to nobody, and the copy that they read."""

    person: Person | None
    copy: Copy
    settings: Settings


async def load_reader(session: AsyncSession, source: Source) -> Reader:
    """Load who asks, in one query. The settings of an unknown sender are the defaults."""
    arrival = await load_turn_context(
        session,
        channel=source.channel,
        tenant=source.tenant,
        accounts={source.account},
        conversation="",
        message_id="",
    )
    person = arrival.people.get(source.account)
    return Reader(person, choose_reader_copy(person, source.locale, arrival.settings), arrival.settings)
