"""A celebration as one person sees it, where a channel can show each their own: who gave it can take it back there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from bot.protocol.button_tokens import parse_button_token, sign_button_token
from bot.protocol.context import CURRENT_LANGUAGE
from bot.protocol.elements import Button, Card, Own
from bot.protocol.links import Subject
from bot.protocol.turns import Source
from bot.views.celebration import Celebration, build_badge_celebration, build_kudos_celebration, find_celebration
from bot.views.mentions import address_mentions
from engine.awards.queries import AwardFacts
from engine.kudos.queries import KudosFacts
from engine.turns.turn_context import load_turn_context

VIEW_VERB = "view"  # the verb of the token that asks


def build_public_kudos_card(facts: KudosFacts, copy: Copy, key: bytes) -> Card:
    """What everybody sees, with the token by which a channel asks what its giver sees."""
    return _offered(build_kudos_celebration(facts, copy), key)


def build_public_badge_card(gifts: Sequence[AwardFacts], copy: Copy, key: bytes) -> Card:
    """The same for a gift of badges; what nobody gave is the same for everybody."""
    return _offered(build_badge_celebration(gifts, copy), key)


async def load_personal_card(
    session: AsyncSession, source: Source, token: str, *, key: bytes, now: datetime
) -> Card | None:
    """What the person sees now of the celebration that the token stands for, in their language. Nothing is written.

    None where the token is not of our making or there is nothing to show, and for whoever is nobody of ours.
    """
    asked = parse_button_token(token, key)
    where = {"channel": source.channel, "tenant": source.tenant, "conversation": "", "message_id": ""}
    arrival = await load_turn_context(session, accounts={source.account}, **where)
    person = arrival.people.get(source.account)
    if asked is None or asked.verb != VIEW_VERB or person is None or not person.active:
        return None
    settings = arrival.settings
    copy = Copy(choose_language(person.locale, source.locale, settings.language), person.timezone or settings.timezone)
    CURRENT_LANGUAGE.set(copy.language)
    kind, _, number = asked.subject.partition("-")
    found = await find_celebration(session, Subject(kind, int(number)), copy)
    card = found.card if isinstance(found, Celebration) else found
    if isinstance(found, Celebration) and found.giver and found.giver.person_id == person.id:
        card = _givers(found, key, in_time=_is_in_time(found.given_at, settings.undo_minutes, now))
    return card and await address_mentions(session, card, source.channel, source.tenant)


def _offered(gift: Celebration, key: bytes) -> Card:
    """What nobody gave is the same for everybody."""
    own = Own(sign_button_token(VIEW_VERB, gift.subject, key), (gift.giver,)) if gift.giver else None
    return replace(gift.card, own=own)


def _givers(gift: Celebration, key: bytes, *, in_time: bool) -> Card:
    """What the giver sees of it. The right is checked again when the button is pressed."""
    undo = (Button(gift.undo, sign_button_token("undo", gift.subject, key)),) if in_time else ()
    return replace(_offered(gift, key), actions=undo)


def _is_in_time(given_at: datetime, minutes: int, now: datetime) -> bool:
    return not minutes or now - given_at <= timedelta(minutes=minutes)
