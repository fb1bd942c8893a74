"""A search of what was given lately, for whoever belongs here."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards import Card, badge
from bot.cards import kudos as thanks
from bot.turns import Source
from bot.words import Copy, language_for
from engine import arrivals, awarded, kudos, recent, thanks_told
from engine.recent import Given


async def cards(session: AsyncSession, source: Source, typed: str, *, limit: int, offset: int = 0) -> list[Card] | None:
    """The celebrations that have `typed` in them, the newest first, in the asker's language.

    None for whoever is nobody of ours, nothing for who is not any more. People are named and not notified: they were.
    """
    asked = {"channel": source.channel, "tenant": source.tenant, "conversation": "", "message_id": ""}
    arrival = await arrivals.read(session, accounts={source.account}, **asked)
    person = arrival.people.get(source.account)
    if person is None:
        return None
    if not person.active:
        return []
    language = language_for(person.locale, source.locale, arrival.settings.language)
    copy = Copy(language, person.timezone or arrival.settings.timezone)
    found = await recent.find(session, typed, limit=limit, offset=offset)
    return [card for one in found if (card := await _card(session, one, copy))]


async def _card(session: AsyncSession, one: Given, copy: Copy) -> Card | None:
    if one.kind == kudos.KIND:
        gift = await thanks_told.one(session, one.id)
        return thanks.celebration(gift, copy) if gift and gift.celebrated else None
    award = await awarded.facts(session, one.id)
    return badge.celebration([award], copy) if award else None
