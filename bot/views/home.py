"""A page of one's own: points, badges, the newest thanks. Private to its person."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards import badge_list, help, notices
from bot.cards import home as cards
from bot.cards import points as balances
from bot.i18n.catalog import language_for
from bot.i18n.copy import Copy
from bot.protocol.elements import Card
from bot.protocol.turns import Source
from bot.views.mentions import with_accounts
from engine.awards import queries as awards_queries
from engine.errors import NotAllowed
from engine.kudos import queries as kudos_queries
from engine.people.models import Person
from engine.points import ledger
from engine.turns import turn_context

BADGES, THANKS = 5, 3  # the newest, of each kind


async def card(session: AsyncSession, source: Source) -> tuple[Card, Copy]:
    """The page, and the language it is in. Who is nobody of ours reads that, and how to become somebody."""
    asked = {"channel": source.channel, "tenant": source.tenant, "conversation": "", "message_id": ""}
    arrival = await turn_context.read(session, accounts={source.account}, **asked)
    person = arrival.people.get(source.account)
    if person is None:
        copy = Copy(language_for(source.locale))
        return notices.stranger(copy, help.to_link(help.way_of(source.channel, source.private), copy), ""), copy
    language = language_for(person.locale, source.locale, arrival.settings.language)
    copy = Copy(language, person.timezone or arrival.settings.timezone)
    if not person.active:
        return notices.refusal(copy, NotAllowed("inactive"), ""), copy
    return await with_accounts(session, await _drawn(session, person, copy), source.channel, source.tenant), copy


async def _drawn(session: AsyncSession, person: Person, copy: Copy) -> Card:
    total = await ledger.balance(session, person.id)
    entries = await ledger.entries(session, person.id, limit=1)
    held = await awards_queries.of(session, person.id, limit=BADGES + 1)
    return cards.page(
        balances.balance(total, entries, copy, name=None),
        badge_list.mine(held, copy, shown=BADGES),
        await kudos_queries.received(session, person.id, THANKS),
        await kudos_queries.given(session, person.id, THANKS),
        copy,
    )
