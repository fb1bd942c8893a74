"""A page of one's own: points, badges, the newest thanks. Private to its person."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards.badge_list import build_own_badges_card
from bot.cards.help import get_addressing_style, get_link_example
from bot.cards.home import build_home_card
from bot.cards.notices import build_refusal_card, build_unknown_sender_card
from bot.cards.points import build_balance_card
from bot.i18n.copy import Copy
from bot.protocol.elements import Card
from bot.protocol.turns import Source
from bot.views.mentions import address_mentions
from bot.views.readers import load_reader
from engine.awards.queries import list_awards_of_person
from engine.errors import NotAllowed
from engine.kudos.queries import list_kudos_given, list_kudos_received
from engine.people.models import Person
from engine.points.ledger import get_balance, list_entries

MAX_HOME_BADGES, MAX_HOME_KUDOS = 5, 3  # the newest, of each kind


async def load_home_card(session: AsyncSession, source: Source) -> tuple[Card, Copy]:
    """Load the home page and the copy in its language.

    An unknown sender gets the notice about how to link their account.
    """
    reader = await load_reader(session, source)
    person, copy = reader.person, reader.copy
    if person is None:
        return build_unknown_sender_card(
            copy, get_link_example(get_addressing_style(source.channel, source.private), copy), ""
        ), copy
    if not person.active:
        return build_refusal_card(copy, NotAllowed("inactive"), ""), copy
    return await address_mentions(session, await _drawn(session, person, copy), source.channel, source.tenant), copy


async def _drawn(session: AsyncSession, person: Person, copy: Copy) -> Card:
    total = await get_balance(session, person.id)
    entries = await list_entries(session, person.id, limit=1)
    held = await list_awards_of_person(session, person.id, limit=MAX_HOME_BADGES + 1)
    return build_home_card(
        build_balance_card(total, entries, copy, name=None),
        build_own_badges_card(held, copy, shown=MAX_HOME_BADGES),
        await list_kudos_received(session, person.id, MAX_HOME_KUDOS),
        await list_kudos_given(session, person.id, MAX_HOME_KUDOS),
        copy,
    )
