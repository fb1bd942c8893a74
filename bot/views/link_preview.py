"""The page of a celebration link: little detail for strangers, the card for colleagues."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards import kudos as thanks
from bot.cards.badge import format_badge_title
from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from bot.protocol.elements import Card
from bot.protocol.links import Subject
from bot.protocol.turns import Source
from bot.views.celebration import Celebration, find_celebration, list_public_awards
from engine.awards.queries import AwardFacts
from engine.kudos import models as kudos_models
from engine.kudos.queries import KudosFacts, get_kudos
from engine.outbox.places import Place
from engine.turns.turn_context import load_turn_context

PREVIEWING_CHANNELS = ("slack", "teams")  # the channels that show the card of a link


@dataclass(frozen=True, slots=True)
class LinkPreview:
    """What every holder of a link may see, without names or messages."""

    title: str
    sentence: str
    icon: str = ""  # the path of a picture that we serve
    stands: bool = True


async def load_link_preview(session: AsyncSession, subject: Subject, copy: Copy) -> LinkPreview | None:
    """Load the preview that every holder of the link may see; None if there is no public celebration."""
    if subject.kind == kudos_models.KUDOS_KIND:
        facts = await get_kudos(session, subject.id)
        return _of_thanks(facts, copy) if facts and facts.celebrated else None
    gifts = await list_public_awards(session, subject.id)
    return _of_badge(gifts, copy) if gifts else None


async def load_link_card(session: AsyncSession, subject: Subject, copy: Copy) -> Card | None:
    """Load the current celebration for colleagues; None if there is no public celebration.

    People appear by name only: they were notified before.
    """
    found = await find_celebration(session, subject, copy)
    return found.card if isinstance(found, Celebration) else found


async def list_link_cards(
    session: AsyncSession, source: Source, urls: Mapping[str, Subject]
) -> tuple[Mapping[str, Card], Copy]:
    """List the cards of the links in a message, by URL.

    They are in the language of the place or, in private, of the person. Unknown senders and inactive people get an
    empty mapping, because the cards are meant for colleagues.
    """
    asked = {"channel": source.channel, "tenant": source.tenant, "message_id": ""}
    arrival = await load_turn_context(session, accounts={source.account}, conversation=source.conversation, **asked)
    person = arrival.people.get(source.account)
    if person is None or not person.active:
        return {}, Copy(choose_language())
    place = await session.get(Place, arrival.place_id) if arrival.place_id else None
    own = person.locale if source.private else place.locale if place else None
    copy = Copy(choose_language(own, arrival.settings.language), arrival.settings.timezone)
    found = {url: await load_link_card(session, subject, copy) for url, subject in urls.items()}
    return {url: replace(one, actions=()) for url, one in found.items() if one}, copy


def _of_thanks(facts: KudosFacts, copy: Copy) -> LinkPreview:
    """Build the preview of a kudos.

    It always shows the same emoji, because a card's emoji reveals what a person is thanked for.
    """
    if facts.undone:
        return LinkPreview(copy.line("kudos.taken_back_title"), copy.line("kudos.taken_back"), stands=False)
    return LinkPreview(copy.line("kudos.title", emoji=thanks.DEFAULT_KUDOS_EMOJI), copy.line("links.celebration"))


def _of_badge(gifts: Sequence[AwardFacts], copy: Copy) -> LinkPreview:
    if not any(one.stands for one in gifts):
        return LinkPreview(copy.line("badge.taken_back_title"), copy.line("badge.taken_back"), stands=False)
    icon = gifts[0].icon or ""
    title = format_badge_title(gifts[0].emoji, gifts[0].reward, copy)
    return LinkPreview(title, copy.line("links.celebration"), icon if icon.startswith("/icons/") else "")
