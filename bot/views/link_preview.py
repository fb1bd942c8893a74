"""What stands behind a link to a celebration: little for anybody, the card for colleagues."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards import badge
from bot.cards import kudos as thanks
from bot.i18n.catalog import language_for
from bot.i18n.copy import Copy
from bot.protocol.elements import Card
from bot.protocol.links import Subject
from bot.protocol.turns import Source
from bot.views import celebration
from bot.views.celebration import Gift
from engine.awards.queries import AwardFacts
from engine.kudos import models as kudos_models
from engine.kudos import queries as kudos_queries
from engine.outbox.places import Place
from engine.turns import turn_context

UNFOLDING = ("slack", "teams")  # the channels that show the card of a link


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What anybody may see who has the link: nobody's name and nobody's words."""

    title: str
    sentence: str
    icon: str = ""  # the path of a picture that we serve
    stands: bool = True


async def glimpse(session: AsyncSession, subject: Subject, copy: Copy) -> Glimpse | None:
    """For anybody; None where there is nothing that was celebrated in public."""
    if subject.kind == kudos_models.KIND:
        facts = await kudos_queries.one(session, subject.id)
        return _of_thanks(facts, copy) if facts and facts.celebrated else None
    gifts = await celebration.public(session, subject.id)
    return _of_badge(gifts, copy) if gifts else None


async def card(session: AsyncSession, subject: Subject, copy: Copy) -> Card | None:
    """The celebration as it is now, for colleagues; None likewise. People are named and not notified: they were."""
    found = await celebration.find(session, subject, copy)
    return found.card if isinstance(found, Gift) else found


async def cards(session: AsyncSession, source: Source, urls: Mapping[str, Subject]) -> tuple[Mapping[str, Card], Copy]:
    """The cards of the links in a message, in the language of the place, or of the person who is alone with us.

    None for whoever is nobody of ours, or not any more: theirs are not the eyes that they were for.
    """
    asked = {"channel": source.channel, "tenant": source.tenant, "message_id": ""}
    arrival = await turn_context.read(session, accounts={source.account}, conversation=source.conversation, **asked)
    person = arrival.people.get(source.account)
    if person is None or not person.active:
        return {}, Copy(language_for())
    place = await session.get(Place, arrival.place_id) if arrival.place_id else None
    own = person.locale if source.private else place.locale if place else None
    copy = Copy(language_for(own, arrival.settings.language), arrival.settings.timezone)
    found = {url: await card(session, subject, copy) for url, subject in urls.items()}
    return {url: replace(one, actions=()) for url, one in found.items() if one}, copy


def _of_thanks(facts: kudos_queries.KudosFacts, copy: Copy) -> Glimpse:
    """The emoji of a card says what somebody is thanked for: here it is always the same."""
    if facts.undone:
        return Glimpse(copy.line("kudos.taken_back_title"), copy.line("kudos.taken_back"), stands=False)
    return Glimpse(copy.line("kudos.title", emoji=thanks.APPLAUSE), copy.line("links.celebration"))


def _of_badge(gifts: Sequence[AwardFacts], copy: Copy) -> Glimpse:
    if not any(one.stands for one in gifts):
        return Glimpse(copy.line("badge.taken_back_title"), copy.line("badge.taken_back"), stands=False)
    icon = gifts[0].icon or ""
    title = badge.title(gifts[0].emoji, gifts[0].reward, copy)
    return Glimpse(title, copy.line("links.celebration"), icon if icon.startswith("/icons/") else "")
