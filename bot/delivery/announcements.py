"""Each kind of announcement becomes a card, drawn from the facts as they are when it is sent."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards import accounts as cards_accounts
from bot.cards import badge, delivery_notices
from bot.cards import kudos as thanks
from bot.cards import subscriptions as cards_subscriptions
from bot.i18n.copy import Copy
from bot.protocol import serialization
from bot.protocol.elements import Card, Span
from bot.views import personal as views_personal
from engine.accounts import link_codes
from engine.awards import queries as awards_queries
from engine.delivery import channel_refused
from engine.delivery.claims import Claimed
from engine.delivery.notices import NOT_INVITED, PLACE_GONE, UNDELIVERED
from engine.delivery.uninstalled import PUT_OUT
from engine.kudos import models as kudos_models
from engine.kudos import queries as kudos_queries
from engine.kudos.queries import KudosFacts
from engine.outbox import subscriptions as outbox_subscriptions
from engine.turns import pending_turns


@dataclass(frozen=True, slots=True)
class Facts:
    """What several cards are drawn from. The kudos that they celebrate were read at once."""

    session: AsyncSession
    thanks: Mapping[int, KudosFacts]

    @classmethod
    async def of(cls, session: AsyncSession, deliveries: Iterable[Claimed]) -> Self:
        celebrated = {one.subject_id for one in deliveries if one.kind == kudos_models.KIND}
        return cls(session, await kudos_queries.several(session, celebrated))


Draw = Callable[[Facts, Claimed, Copy, bytes], Awaitable[Card | None]]
"""The card for one delivery, in the copy's language; None where there is nothing to show. The key signs its buttons."""


async def draw_kudos(known: Facts, delivery: Claimed, copy: Copy, key: bytes) -> Card | None:
    """A gift taken back leaves a neutral line where it was shown, or may have been, and is not shown where it was not.

    The same where nobody may be named in public any more.
    """
    facts = known.thanks.get(delivery.subject_id)
    if facts is None:
        return None
    if facts.undone:
        return thanks.taken_back(facts, copy) if delivery.may_be_out else None
    if delivery.direct:
        return thanks.news(facts, copy)
    return views_personal.kudos_celebration(facts, copy, key) if facts.celebrated or delivery.message_ref else None


async def draw_award(known: Facts, delivery: Claimed, copy: Copy, key: bytes) -> Card | None:
    """The same for a gift of badges: what was taken back from one receiver leaves the others named.

    Each receiver is told of their own; who wishes no public praise is told directly only.
    """
    gifts = await awards_queries.gift(known.session, delivery.subject_id)
    if delivery.direct:
        gifts = [one for one in gifts if one.receiver_id == delivery.person_id]
    shown = [one for one in gifts if one.stands and (delivery.direct or not one.quiet)]
    if not shown:
        return badge.taken_back(copy) if gifts and delivery.may_be_out else None
    return badge.news(shown[0], copy) if delivery.direct else views_personal.badge_celebration(shown, copy, key)


async def draw_notice(known: Facts, delivery: Claimed, copy: Copy, key: bytes) -> Card | None:
    """A sentence whose key and placeholders the announcement carries, about the gift that it names."""
    gift = await _gift(known.session, delivery, copy)
    return delivery_notices.notice(delivery.details, gift, copy)


async def _gift(session: AsyncSession, delivery: Claimed, copy: Copy) -> tuple[Span, ...]:
    """The gift that a notice is about; its words are for the giver only. Nothing where it is about none."""
    match delivery.details.get("about"):
        case {"kind": "award", "id": int(award_id)}:
            gifts = await awards_queries.gift(session, award_id)
            return delivery_notices.badge(gifts, copy) if gifts else ()
        case {"kind": kudos_models.KIND, "id": int(kudos_id)}:
            facts = await kudos_queries.one(session, kudos_id)
            if facts is None:
                return ()
            return (delivery_notices.own_thanks if delivery.person_id == facts.giver_id else delivery_notices.thanks)(
                facts, copy
            )
    return ()


async def draw_refused(known: Facts, delivery: Claimed, copy: Copy, key: bytes) -> Card | None:
    """An administrator hears that a channel does not let us in."""
    return delivery_notices.refused(
        cards_accounts.channel(delivery.details["channel"], copy), delivery.details["why"], copy
    )


async def draw_follows(known: Facts, delivery: Claimed, copy: Copy, key: bytes) -> Card | None:
    """The place is told that it follows the celebrations."""
    return cards_subscriptions.told("announce.now_on", copy)


async def draw_code(known: Facts, delivery: Claimed, copy: Copy, key: bytes) -> Card | None:
    """The code that links an account; once it is of no use, what became of it, where it was shown."""
    code = await known.session.get(link_codes.LinkCode, delivery.subject_id)
    if code is None:
        return None
    if code.used_at is not None:
        return cards_accounts.used(code.channel, copy) if delivery.may_be_out else None
    return cards_accounts.code(link_codes.spelled(code, key), code.channel, copy)


async def draw_pending(known: Facts, delivery: Claimed, copy: Copy, key: bytes) -> Card | None:
    """What came of a gift that had to wait: the answer that its giver would have had at once."""
    card: Card = serialization.load(delivery.details["card"])
    return card


CELEBRATIONS: Mapping[str, Draw] = {
    kudos_models.KIND: draw_kudos,
    "award": draw_award,
    outbox_subscriptions.KIND: draw_follows,
    "notice": draw_notice,
    link_codes.KIND: draw_code,
    pending_turns.KIND: draw_pending,
    UNDELIVERED: draw_notice,
    PLACE_GONE: draw_notice,
    PUT_OUT: draw_notice,
    NOT_INVITED: draw_notice,
    **dict.fromkeys(channel_refused.KINDS.values(), draw_refused),
}
