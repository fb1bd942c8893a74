"""Each kind of announcement becomes a card, drawn from the facts as they are when it is sent."""

from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards import Card, badge, relay
from bot.cards import kudos as thanks
from bot.words import Copy
from engine import awards, kudos
from engine.people import Person
from engine.relaying import Claimed
from engine.undelivered import NOT_INVITED, PLACE_GONE, UNDELIVERED

Draw = Callable[[AsyncSession, Claimed, Copy, bytes], Awaitable[Card | None]]
"""The card for one delivery, in the copy's language; None where there is nothing to show. The key signs its buttons."""


async def draw_kudos(session: AsyncSession, delivery: Claimed, copy: Copy, key: bytes) -> Card | None:
    """A gift taken back leaves a neutral line where it was shown, and is not shown at all where it was not.

    The same where nobody may be named in public any more.
    """
    facts = await kudos.facts(session, delivery.subject_id)
    if facts is None:
        return None
    if facts.undone:
        return thanks.taken_back(facts, copy) if delivery.message_ref else None
    if delivery.direct:
        return thanks.news(facts, copy)
    return thanks.celebration(facts, copy) if facts.celebrated or delivery.message_ref else None


async def draw_award(session: AsyncSession, delivery: Claimed, copy: Copy, key: bytes) -> Card | None:
    """The same for an award; a receiver who wishes no public praise is told directly only."""
    facts = await awards.facts(session, delivery.subject_id)
    if facts is None:
        return None
    if facts.undone or facts.revoked:
        return badge.taken_back(facts, copy) if delivery.message_ref else None
    if delivery.direct:
        return badge.news(facts, copy)
    receiver = await session.get_one(Person, facts.receiver_id)
    return None if receiver.no_public_kudos else badge.celebration(facts, copy)


async def draw_notice(session: AsyncSession, delivery: Claimed, copy: Copy, key: bytes) -> Card | None:
    """A sentence whose key and placeholders the announcement carries."""
    return relay.notice(delivery.details, copy)


CELEBRATIONS: Mapping[str, Draw] = {
    kudos.KIND: draw_kudos,
    "award": draw_award,
    "notice": draw_notice,
    UNDELIVERED: draw_notice,
    PLACE_GONE: draw_notice,
    NOT_INVITED: draw_notice,
}
