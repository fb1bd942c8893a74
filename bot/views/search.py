"""A search of what was given lately, for whoever belongs here."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards import badge
from bot.cards import kudos as thanks
from bot.i18n.catalog import language_for
from bot.i18n.copy import Copy
from bot.protocol.elements import Card
from bot.protocol.turns import Source
from engine.awards import queries as awards_queries
from engine.feed import recent as feed_recent
from engine.feed.recent import Given
from engine.kudos import models as kudos_models
from engine.kudos import queries as kudos_queries
from engine.turns import turn_context


async def cards(session: AsyncSession, source: Source, typed: str, *, limit: int, offset: int = 0) -> list[Card] | None:
    """The celebrations that have `typed` in them, the newest first, in the asker's language.

    None for whoever is nobody of ours, nothing for who is not any more. People are named and not notified: they were.
    """
    asked = {"channel": source.channel, "tenant": source.tenant, "conversation": "", "message_id": ""}
    arrival = await turn_context.read(session, accounts={source.account}, **asked)
    person = arrival.people.get(source.account)
    if person is None:
        return None
    if not person.active:
        return []
    language = language_for(person.locale, source.locale, arrival.settings.language)
    copy = Copy(language, person.timezone or arrival.settings.timezone)
    found = await feed_recent.find(session, typed, limit=limit, offset=offset)
    return [card for one in found if (card := await _card(session, one, copy))]


async def _card(session: AsyncSession, one: Given, copy: Copy) -> Card | None:
    if one.kind == kudos_models.KIND:
        gift = await kudos_queries.one(session, one.id)
        return thanks.celebration(gift, copy) if gift and gift.celebrated else None
    award = await awards_queries.facts(session, one.id)
    return badge.celebration([award], copy) if award else None
