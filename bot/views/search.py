"""A search of recent gifts, for active colleagues."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards.badge import build_badge_celebration_card
from bot.cards.kudos import build_kudos_celebration_card
from bot.i18n.copy import Copy
from bot.protocol.elements import Card
from bot.protocol.turns import Source
from bot.views.readers import load_reader
from engine.awards.queries import get_award_facts
from engine.feed.recent import RecentItem, list_recent_items
from engine.kudos import models as kudos_models
from engine.kudos.queries import get_kudos


async def search_celebration_cards(
    session: AsyncSession, source: Source, typed: str, *, limit: int, offset: int = 0
) -> list[Card] | None:
    """Search the celebrations that contain `typed`, newest first, in the asker's language.

    Return None for an unknown sender, and an empty list for an inactive person. People appear by name only: they were
    notified before.
    """
    reader = await load_reader(session, source)
    if reader.person is None:
        return None
    if not reader.person.active:
        return []
    found = await list_recent_items(session, typed, limit=limit, offset=offset)
    return [card for one in found if (card := await _card(session, one, reader.copy))]


async def _card(session: AsyncSession, one: RecentItem, copy: Copy) -> Card | None:
    if one.kind == kudos_models.KUDOS_KIND:
        gift = await get_kudos(session, one.id)
        return build_kudos_celebration_card(gift, copy) if gift and gift.celebrated else None
    award = await get_award_facts(session, one.id)
    return build_badge_celebration_card([award], copy) if award else None
