"""A gift that was celebrated, as it stands now: for the view of one person, and for a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards import badge
from bot.cards import kudos as thanks
from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Mention
from bot.protocol.links import Subject
from engine.awards import queries as awards_queries
from engine.awards.queries import AwardFacts
from engine.kudos import models as kudos_models
from engine.kudos import queries as kudos_queries
from engine.kudos.queries import KudosFacts


@dataclass(frozen=True, slots=True)
class Gift:
    """What everybody sees of it. `giver` is None where nobody gave it; `undo` is what taking it back is called."""

    card: Card
    subject: str
    giver: Mention | None
    given_at: datetime
    undo: str


def of_kudos(facts: KudosFacts, copy: Copy) -> Gift:
    giver, undo = Mention(facts.giver_name, facts.giver_id), copy.line("kudos.undo")
    return Gift(thanks.celebration(facts, copy), f"{kudos_models.KIND}-{facts.id}", giver, facts.given_at, undo)


def of_badge(gifts: Sequence[AwardFacts], copy: Copy) -> Gift:
    """`gifts` are those of one gift that may be shown: one at least."""
    first = gifts[0]
    giver = Mention(first.giver_name or "", first.giver_id) if first.giver_id is not None else None
    return Gift(badge.celebration(gifts, copy), f"award-{first.id}", giver, first.awarded_at, copy.line("badge.undo"))


async def find(session: AsyncSession, subject: Subject, copy: Copy) -> Gift | Card | None:
    """The gift; where it was taken back, what is left of it. None where there is nothing to show in public."""
    if subject.kind == kudos_models.KIND:
        facts = await kudos_queries.one(session, subject.id)
        if facts is None or not facts.celebrated:
            return None
        return thanks.taken_back(facts, copy) if facts.undone else of_kudos(facts, copy)
    gifts = await public(session, subject.id)
    shown = [one for one in gifts if one.stands]
    if not shown:
        return badge.taken_back(copy) if gifts else None
    return of_badge(shown, copy)


async def public(session: AsyncSession, award_id: int) -> list[AwardFacts]:
    """What of the gift everybody may see, taken back or not."""
    return [one for one in await awards_queries.gift(session, award_id) if not one.quiet]
