"""Each kind of announcement becomes a card, drawn from the facts as they are when it is sent."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards.accounts import build_code_used_card, build_link_code_card, get_channel_label
from bot.cards.badge import build_badge_received_card, build_badge_withdrawn_card
from bot.cards.delivery_notices import (
    build_badge_spans,
    build_channel_refused_card,
    build_delivery_notice_card,
    build_kudos_spans,
    build_own_kudos_spans,
)
from bot.cards.kudos import build_kudos_received_card, build_kudos_withdrawn_card
from bot.cards.reward_runs import build_run_done_card
from bot.cards.runs import MAX_NAMED_RECEIVERS, build_run_celebration_card
from bot.cards.subscriptions import build_subscription_card
from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Span
from bot.protocol.serialization import load_value
from bot.views.personal import build_public_badge_card, build_public_kudos_card
from engine.accounts import link_codes
from engine.accounts.link_codes import LinkCode, format_link_code
from engine.awards.queries import list_awards_of_gift
from engine.delivery import channel_refused
from engine.delivery.claims import ClaimedDelivery
from engine.delivery.notices import NOT_INVITED_KIND, PLACE_GONE_KIND, UNDELIVERED_KIND
from engine.delivery.uninstalled import UNINSTALLED_KIND
from engine.kudos import models as kudos_models
from engine.kudos.queries import KudosFacts, get_kudos, list_kudos
from engine.outbox import subscriptions as outbox_subscriptions
from engine.runs.models import RUN_KIND
from engine.runs.orders import RUN_DONE_KIND
from engine.runs.queries import get_run_facts, get_run_summary
from engine.turns import pending_turns


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What several cards are drawn from. The kudos that they celebrate were read at once."""

    session: AsyncSession
    thanks: Mapping[int, KudosFacts]

    @classmethod
    async def of(cls, session: AsyncSession, deliveries: Iterable[ClaimedDelivery]) -> Self:
        celebrated = {one.subject_id for one in deliveries if one.kind == kudos_models.KUDOS_KIND}
        return cls(session, await list_kudos(session, celebrated))


DrawCard = Callable[[CardFacts, ClaimedDelivery, Copy, bytes], Awaitable[Card | None]]
"""The card for one delivery, in the copy's language; None where there is nothing to show. The key signs its buttons."""


async def draw_kudos(known: CardFacts, delivery: ClaimedDelivery, copy: Copy, key: bytes) -> Card | None:
    """Build the card for a kudos: the public celebration or, if direct, the receiver's card.

    An undone kudos, or one whose receivers all want no public thanks by now, becomes a neutral line if its card was or
    may have been shown, else None. An unknown kudos gives None.
    """
    facts = known.thanks.get(delivery.subject_id)
    if facts is None:
        return None
    if facts.undone:
        return build_kudos_withdrawn_card(facts, copy) if delivery.may_be_out else None
    if delivery.direct:
        return build_kudos_received_card(facts, copy)
    if not facts.celebrated:
        return build_kudos_withdrawn_card(facts, copy) if delivery.may_be_out else None
    return build_public_kudos_card(facts, copy, key)


async def draw_award(known: CardFacts, delivery: ClaimedDelivery, copy: Copy, key: bytes) -> Card | None:
    """Build the card for a gift of badges: the public celebration or, if direct, the receiver's card.

    Awards that were taken back are left out, and the other receivers stay named. If all are left out, return the
    neutral line where the card was or may have been shown, else None. Receivers who want no public praise get the
    direct card only.
    """
    gifts = await list_awards_of_gift(known.session, delivery.subject_id)
    if delivery.direct:
        gifts = [one for one in gifts if one.receiver_id == delivery.person_id]
    shown = [one for one in gifts if one.stands and (delivery.direct or not one.quiet)]
    if not shown:
        return build_badge_withdrawn_card(copy) if gifts and delivery.may_be_out else None
    return build_badge_received_card(shown[0], copy) if delivery.direct else build_public_badge_card(shown, copy, key)


async def draw_run(known: CardFacts, delivery: ClaimedDelivery, copy: Copy, key: bytes) -> Card | None:
    """Build the one card of a run that awarded several people.

    If all its awards were taken back, return the neutral line where the card was or may have been shown, else None.
    """
    facts = await get_run_facts(known.session, delivery.subject_id, named=MAX_NAMED_RECEIVERS)
    if facts is None or not facts.receivers:
        return build_badge_withdrawn_card(copy) if facts and delivery.may_be_out else None
    return build_run_celebration_card(facts, copy)


async def draw_run_done(known: CardFacts, delivery: ClaimedDelivery, copy: Copy, key: bytes) -> Card | None:
    """Build the news to the person who ordered a run."""
    facts = await get_run_facts(known.session, delivery.subject_id, named=0)
    summary = await get_run_summary(known.session, delivery.subject_id)
    return build_run_done_card(facts, summary, copy) if facts and summary else None


async def draw_notice(known: CardFacts, delivery: ClaimedDelivery, copy: Copy, key: bytes) -> Card | None:
    """A sentence whose key and placeholders the announcement carries, about the gift that it names."""
    gift = await _gift(known.session, delivery, copy)
    return build_delivery_notice_card(delivery.details, gift, copy)


async def _gift(session: AsyncSession, delivery: ClaimedDelivery, copy: Copy) -> tuple[Span, ...]:
    """Describe the gift that a notice is about, or return () if there is none.

    The message of a kudos is shown to its giver only.
    """
    match delivery.details.get("about"):
        case {"kind": "award", "id": int(award_id)}:
            gifts = await list_awards_of_gift(session, award_id)
            return build_badge_spans(gifts, copy) if gifts else ()
        case {"kind": kudos_models.KUDOS_KIND, "id": int(kudos_id)}:
            facts = await get_kudos(session, kudos_id)
            if facts is None:
                return ()
            return (build_own_kudos_spans if delivery.person_id == facts.giver_id else build_kudos_spans)(facts, copy)
    return ()


async def draw_channel_refused(known: CardFacts, delivery: ClaimedDelivery, copy: Copy, key: bytes) -> Card | None:
    """Build the notice to an administrator that a channel refuses the bot."""
    return build_channel_refused_card(
        get_channel_label(delivery.details["channel"], copy), delivery.details["why"], copy
    )


async def draw_subscription(known: CardFacts, delivery: ClaimedDelivery, copy: Copy, key: bytes) -> Card | None:
    """Build the notice to a place that it follows the celebrations from everywhere."""
    return build_subscription_card("announce.now_on", copy)


async def draw_link_code(known: CardFacts, delivery: ClaimedDelivery, copy: Copy, key: bytes) -> Card | None:
    """Build the card with the code that links an account.

    A used code is replaced by a notice where it was or may have been shown. Otherwise, and for an unknown code, return
    None.
    """
    code = await known.session.get(LinkCode, delivery.subject_id)
    if code is None:
        return None
    if code.used_at is not None:
        return build_code_used_card(code.channel, copy) if delivery.may_be_out else None
    return build_link_code_card(format_link_code(code, key), code.channel, copy)


async def draw_pending_gift(known: CardFacts, delivery: ClaimedDelivery, copy: Copy, key: bytes) -> Card | None:
    """Return the stored answer to a gift that had to wait: the card that its giver would have got at once."""
    card: Card = load_value(delivery.details["card"])
    return card


DRAW_BY_KIND: Mapping[str, DrawCard] = {
    kudos_models.KUDOS_KIND: draw_kudos,
    "award": draw_award,
    RUN_KIND: draw_run,
    RUN_DONE_KIND: draw_run_done,
    outbox_subscriptions.SUBSCRIPTION_KIND: draw_subscription,
    "notice": draw_notice,
    link_codes.LINK_CODE_KIND: draw_link_code,
    pending_turns.PENDING_TURN_KIND: draw_pending_gift,
    UNDELIVERED_KIND: draw_notice,
    PLACE_GONE_KIND: draw_notice,
    UNINSTALLED_KIND: draw_notice,
    NOT_INVITED_KIND: draw_notice,
    **dict.fromkeys(channel_refused.CHANNEL_REFUSED_KINDS.values(), draw_channel_refused),
}
