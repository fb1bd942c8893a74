"""A celebrated gift as it is now: for the view of one person, and for a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards.badge import build_badge_celebration_card, build_badge_withdrawn_card
from bot.cards.kudos import build_kudos_celebration_card, build_kudos_withdrawn_card
from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Mention
from bot.protocol.links import Subject
from engine.awards.queries import AwardFacts, list_awards_of_gift
from engine.kudos import models as kudos_models
from engine.kudos.queries import KudosFacts, get_kudos


@dataclass(frozen=True, slots=True)
class Celebration:
    """The public view of a gift. `giver` is None if it has no giver; `undo` is the label of the undo button."""

    card: Card
    subject: str
    giver: Mention | None
    given_at: datetime
    undo: str


def build_kudos_celebration(facts: KudosFacts, copy: Copy) -> Celebration:
    giver, undo = Mention(facts.giver_name, facts.giver_id), copy.line("kudos.undo")
    return Celebration(
        build_kudos_celebration_card(facts, copy), f"{kudos_models.KUDOS_KIND}-{facts.id}", giver, facts.given_at, undo
    )


def build_badge_celebration(gifts: Sequence[AwardFacts], copy: Copy) -> Celebration:
    """Build the celebration of the awards in one gift. `gifts` are those that may be shown, at least one."""
    first = gifts[0]
    giver = Mention(first.giver_name or "", first.giver_id) if first.giver_id is not None else None
    return Celebration(
        build_badge_celebration_card(gifts, copy), f"award-{first.id}", giver, first.awarded_at, copy.line("badge.undo")
    )


async def find_celebration(session: AsyncSession, subject: Subject, copy: Copy) -> Celebration | Card | None:
    """Return the celebration, or the card that replaces it if the gift was taken back.

    Return None if there is no public part to show.
    """
    if subject.kind == kudos_models.KUDOS_KIND:
        facts = await get_kudos(session, subject.id)
        if facts is None or not facts.celebrated:
            return None
        return build_kudos_withdrawn_card(facts, copy) if facts.undone else build_kudos_celebration(facts, copy)
    gifts = await list_public_awards(session, subject.id)
    shown = [one for one in gifts if one.stands]
    if not shown:
        return build_badge_withdrawn_card(copy) if gifts else None
    return build_badge_celebration(shown, copy)


async def list_public_awards(session: AsyncSession, award_id: int) -> list[AwardFacts]:
    """List the awards of the gift that may be public, whether taken back or not."""
    return [one for one in await list_awards_of_gift(session, award_id) if not one.quiet]
