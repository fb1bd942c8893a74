"""A page of one's own: points, badges, the newest thanks. Private to its person."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts import with_accounts
from bot.cards import Card, badges, help, notices
from bot.cards import home as cards
from bot.cards import points as balances
from bot.turns import Source
from bot.words import Copy, language_for
from engine import arrivals, awards, own_thanks, points
from engine.errors import NotAllowed
from engine.people import Person

BADGES, THANKS = 5, 3  # the newest, of each kind


async def card(session: AsyncSession, source: Source) -> tuple[Card, Copy]:
    """The page, and the language it is in. Who is nobody of ours reads that, and how to become somebody."""
    asked = {"channel": source.channel, "tenant": source.tenant, "conversation": "", "message_id": ""}
    arrival = await arrivals.read(session, accounts={source.account}, **asked)
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
    total = await points.balance(session, person.id)
    entries = await points.entries(session, person.id, limit=1)
    held = await awards.of(session, person.id, limit=BADGES + 1)
    return cards.page(
        balances.balance(total, entries, copy, name=None),
        badges.mine(held, copy, shown=BADGES),
        await own_thanks.received(session, person.id, THANKS),
        await own_thanks.given(session, person.id, THANKS),
        copy,
    )
