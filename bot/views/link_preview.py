"""What stands behind a link to a celebration: little for anybody, the card for colleagues."""

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
    """What anybody may see who has the link: nobody's name and nobody's words."""

    title: str
    sentence: str
    icon: str = ""  # the path of a picture that we serve
    stands: bool = True


async def load_link_preview(session: AsyncSession, subject: Subject, copy: Copy) -> LinkPreview | None:
    """For anybody; None where there is nothing that was celebrated in public."""
    if subject.kind == kudos_models.KUDOS_KIND:
        facts = await get_kudos(session, subject.id)
        return _of_thanks(facts, copy) if facts and facts.celebrated else None
    gifts = await list_public_awards(session, subject.id)
    return _of_badge(gifts, copy) if gifts else None


async def load_link_card(session: AsyncSession, subject: Subject, copy: Copy) -> Card | None:
    """The celebration as it is now, for colleagues; None likewise. People are named and not notified: they were."""
    found = await find_celebration(session, subject, copy)
    return found.card if isinstance(found, Celebration) else found


async def list_link_cards(
    session: AsyncSession, source: Source, urls: Mapping[str, Subject]
) -> tuple[Mapping[str, Card], Copy]:
    """The cards of the links in a message, in the language of the place, or of the person who is alone with us.

    None for whoever is nobody of ours, or not any more: theirs are not the eyes that they were for.
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
    """The emoji of a card says what somebody is thanked for: here it is always the same."""
    if facts.undone:
        return LinkPreview(copy.line("kudos.taken_back_title"), copy.line("kudos.taken_back"), stands=False)
    return LinkPreview(copy.line("kudos.title", emoji=thanks.DEFAULT_KUDOS_EMOJI), copy.line("links.celebration"))


def _of_badge(gifts: Sequence[AwardFacts], copy: Copy) -> LinkPreview:
    if not any(one.stands for one in gifts):
        return LinkPreview(copy.line("badge.taken_back_title"), copy.line("badge.taken_back"), stands=False)
    icon = gifts[0].icon or ""
    title = format_badge_title(gifts[0].emoji, gifts[0].reward, copy)
    return LinkPreview(title, copy.line("links.celebration"), icon if icon.startswith("/icons/") else "")
