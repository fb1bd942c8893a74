"""A celebration as one person sees it, where a channel can show each their own: who gave it can take it back there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.i18n.copy import Copy
from bot.protocol.button_tokens import parse_button_token, sign_button_token
from bot.protocol.context import CURRENT_LANGUAGE
from bot.protocol.elements import Button, Card, Own
from bot.protocol.links import Subject
from bot.protocol.turns import Source
from bot.views.celebration import Celebration, build_badge_celebration, build_kudos_celebration, find_celebration
from bot.views.mentions import address_mentions
from bot.views.readers import load_reader
from engine.awards.queries import AwardFacts
from engine.kudos.queries import KudosFacts

VIEW_VERB = "view"  # the verb of the token that asks


def build_public_kudos_card(facts: KudosFacts, copy: Copy, key: bytes) -> Card:
    """Build the public card of a kudos, with the token that lets a channel request the giver's view."""
    return _offered(build_kudos_celebration(facts, copy), key)


def build_public_badge_card(gifts: Sequence[AwardFacts], copy: Copy, key: bytes) -> Card:
    """Build the public card of a gift of badges, with the token for the giver's view.

    A gift without a giver has no token, because its view is the same for all.
    """
    return _offered(build_badge_celebration(gifts, copy), key)


async def load_personal_card(
    session: AsyncSession, source: Source, token: str, *, key: bytes, now: datetime
) -> Card | None:
    """Load the person's current view of the celebration that the token names, in their language. It only reads.

    Return None if the token is invalid, if there is no card to show, or if the sender is unknown or inactive.
    """
    asked = parse_button_token(token, key)
    reader = await load_reader(session, source)
    person, copy = reader.person, reader.copy
    if asked is None or asked.verb != VIEW_VERB or person is None or not person.active:
        return None
    CURRENT_LANGUAGE.set(copy.language)
    kind, _, number = asked.subject.partition("-")
    found = await find_celebration(session, Subject(kind, int(number)), copy)
    card = found.card if isinstance(found, Celebration) else found
    if isinstance(found, Celebration) and found.giver and found.giver.person_id == person.id:
        card = _givers(found, key, reader.settings.undo_minutes, now)
    return card and await address_mentions(session, card, source.channel, source.tenant)


def _offered(gift: Celebration, key: bytes) -> Card:
    """Return the card with the token for its giver's view; a gift without a giver looks the same for all."""
    own = Own(sign_button_token(VIEW_VERB, gift.subject, key), (gift.giver,)) if gift.giver else None
    return replace(gift.card, own=own)


def _givers(gift: Celebration, key: bytes, undo_minutes: int, now: datetime) -> Card:
    """Build the giver's view, with the undo button in time. The permission is checked again on press."""
    is_in_time = not undo_minutes or now - gift.given_at <= timedelta(minutes=undo_minutes)
    undo = (Button(gift.undo, sign_button_token("undo", gift.subject, key)),) if is_in_time else ()
    return replace(_offered(gift, key), actions=undo)
