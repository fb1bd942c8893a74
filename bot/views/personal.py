"""A celebration as one person sees it, where a channel can show each their own: who gave it can take it back there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.i18n.catalog import language_for
from bot.i18n.copy import Copy
from bot.protocol import button_tokens
from bot.protocol.context import LANGUAGE
from bot.protocol.elements import Button, Card, Own
from bot.protocol.links import Subject
from bot.protocol.turns import Source
from bot.views import celebration
from bot.views.celebration import Gift
from bot.views.mentions import with_accounts
from engine.awards.queries import AwardFacts
from engine.kudos.queries import KudosFacts
from engine.turns import turn_context

VIEW = "view"  # the verb of the token that asks


def kudos_celebration(facts: KudosFacts, copy: Copy, key: bytes) -> Card:
    """What everybody sees, with the token by which a channel asks what its giver sees."""
    return _offered(celebration.of_kudos(facts, copy), key)


def badge_celebration(gifts: Sequence[AwardFacts], copy: Copy, key: bytes) -> Card:
    """The same for a gift of badges; what nobody gave is the same for everybody."""
    return _offered(celebration.of_badge(gifts, copy), key)


async def seen(session: AsyncSession, source: Source, token: str, *, key: bytes, now: datetime) -> Card | None:
    """What the person sees now of the celebration that the token stands for, in their language. Nothing is written.

    None where the token is not of our making or there is nothing to show, and for whoever is nobody of ours.
    """
    asked = button_tokens.read(token, key)
    where = {"channel": source.channel, "tenant": source.tenant, "conversation": "", "message_id": ""}
    arrival = await turn_context.read(session, accounts={source.account}, **where)
    person = arrival.people.get(source.account)
    if asked is None or asked.verb != VIEW or person is None or not person.active:
        return None
    settings = arrival.settings
    copy = Copy(language_for(person.locale, source.locale, settings.language), person.timezone or settings.timezone)
    LANGUAGE.set(copy.language)
    kind, _, number = asked.subject.partition("-")
    found = await celebration.find(session, Subject(kind, int(number)), copy)
    card = found.card if isinstance(found, Gift) else found
    if isinstance(found, Gift) and found.giver and found.giver.person_id == person.id:
        card = _givers(found, key, in_time=_is_in_time(found.given_at, settings.undo_minutes, now))
    return card and await with_accounts(session, card, source.channel, source.tenant)


def _offered(gift: Gift, key: bytes) -> Card:
    """What nobody gave is the same for everybody."""
    own = Own(button_tokens.sign(VIEW, gift.subject, key), (gift.giver,)) if gift.giver else None
    return replace(gift.card, own=own)


def _givers(gift: Gift, key: bytes, *, in_time: bool) -> Card:
    """What the giver sees of it. The right is checked again when the button is pressed."""
    undo = (Button(gift.undo, button_tokens.sign("undo", gift.subject, key)),) if in_time else ()
    return replace(_offered(gift, key), actions=undo)


def _is_in_time(given_at: datetime, minutes: int, now: datetime) -> bool:
    return not minutes or now - given_at <= timedelta(minutes=minutes)
