"""A celebration as one person sees it, where a channel can show each their own: who gave it can take it back there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot import buttons
from bot.accounts import with_accounts
from bot.cards import Button, Card, Mention, Own, badge
from bot.cards import kudos as thanks
from bot.dispatch import LANGUAGE
from bot.turns import Source
from bot.words import Copy, language_for
from engine import arrivals, awarded, kudos, thanks_told
from engine.awarded import AwardFacts
from engine.kudos import KudosFacts

VIEW = "view"  # the verb of the token that asks


@dataclass(frozen=True, slots=True)
class _Gift:
    """What is celebrated. `label` is what taking it back is called."""

    card: Card
    subject: str
    giver: Mention
    given_at: datetime
    label: str


def kudos_celebration(facts: KudosFacts, copy: Copy, key: bytes) -> Card:
    """What everybody sees, with the token by which a channel asks what its giver sees."""
    return _offered(_of_kudos(facts, copy), key)


def badge_celebration(gifts: Sequence[AwardFacts], copy: Copy, key: bytes) -> Card:
    """The same for a gift of badges; what nobody gave is the same for everybody."""
    gift = _of_badge(gifts, copy)
    return _offered(gift, key) if gift else badge.celebration(gifts, copy)


async def seen(session: AsyncSession, source: Source, token: str, *, key: bytes, now: datetime) -> Card | None:
    """What the person sees now of the celebration that the token stands for, in their language. Nothing is written.

    None where the token is not of our making or there is nothing to show, and for whoever is nobody of ours.
    """
    asked = buttons.read(token, key)
    where = {"channel": source.channel, "tenant": source.tenant, "conversation": "", "message_id": ""}
    arrival = await arrivals.read(session, accounts={source.account}, **where)
    person = arrival.people.get(source.account)
    if asked is None or asked.verb != VIEW or person is None or not person.active:
        return None
    settings = arrival.settings
    copy = Copy(language_for(person.locale, source.locale, settings.language), person.timezone or settings.timezone)
    LANGUAGE.set(copy.language)
    found = await _found(session, asked.subject, copy)
    if isinstance(found, _Gift) and found.giver.person_id == person.id:
        found = _givers(found, key, in_time=_is_in_time(found.given_at, settings.undo_minutes, now))
    card = found.card if isinstance(found, _Gift) else found
    return card and await with_accounts(session, card, source.channel, source.tenant)


async def _found(session: AsyncSession, subject: str, copy: Copy) -> _Gift | Card | None:
    """The gift; where it was taken back, what is left of it."""
    kind, _, number = subject.partition("-")
    if kind == kudos.KIND:
        facts = await thanks_told.one(session, int(number))
        if facts is None:
            return None
        if facts.undone:
            return thanks.taken_back(facts, copy)
        return _of_kudos(facts, copy) if facts.celebrated else None
    gifts = await awarded.gift(session, int(number))
    shown = [one for one in gifts if one.stands and not one.quiet]
    if not shown:
        return badge.taken_back(copy) if gifts else None
    return _of_badge(shown, copy)


def _of_kudos(facts: KudosFacts, copy: Copy) -> _Gift:
    giver, label = Mention(facts.giver_name, facts.giver_id), copy.line("kudos.undo")
    return _Gift(thanks.celebration(facts, copy), f"{kudos.KIND}-{facts.id}", giver, facts.given_at, label)


def _of_badge(gifts: Sequence[AwardFacts], copy: Copy) -> _Gift | None:
    first = gifts[0]
    if first.giver_id is None:
        return None
    giver, card = Mention(first.giver_name or "", first.giver_id), badge.celebration(gifts, copy)
    return _Gift(card, f"award-{first.id}", giver, first.awarded_at, copy.line("badge.undo"))


def _offered(gift: _Gift, key: bytes) -> Card:
    return replace(gift.card, own=Own(buttons.sign(VIEW, gift.subject, key), (gift.giver,)))


def _givers(gift: _Gift, key: bytes, *, in_time: bool) -> _Gift:
    """What the giver sees of it. The right is checked again when the button is pressed."""
    undo = (Button(gift.label, buttons.sign("undo", gift.subject, key)),) if in_time else ()
    return replace(gift, card=replace(_offered(gift, key), actions=undo))


def _is_in_time(given_at: datetime, minutes: int, now: datetime) -> bool:
    return not minutes or now - given_at <= timedelta(minutes=minutes)
