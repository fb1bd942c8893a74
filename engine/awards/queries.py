"""Queries for awards, as they are shown: single ones, those of one gift or person, and the newest."""

from calendar import month_name
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from engine.awards.models import Award, is_award_id
from engine.people.models import Person
from engine.rewards import templates as rewards_templates
from engine.rewards.models import Reward, RewardTemplate
from engine.rewards.templates import render_template


@dataclass(frozen=True, slots=True)
class AwardFacts:
    """An award as it is shown. `message` is the giver's message, or the rendered template, or empty."""

    id: int
    reward_id: int
    reward: str
    emoji: str | None
    icon: str | None
    points: int
    message: str
    giver_id: int | None
    giver_name: str | None
    receiver_id: int
    receiver_name: str
    awarded_at: datetime  # UTC
    undone: bool
    revoked: bool
    quiet: bool = False  # the receiver wishes no public praise

    @property
    def stands(self) -> bool:
        return not (self.undone or self.revoked)


async def get_award_facts(session: AsyncSession, award_id: int) -> AwardFacts | None:
    """Return the facts of one award, or None if it does not exist. One round trip."""
    found = await _read(session, SELECT_AWARDS.where(Award.id == award_id)) if is_award_id(award_id) else []
    return found[0] if found else None


async def list_awards_by_id(session: AsyncSession, award_ids: Sequence[int]) -> list[AwardFacts]:
    """Return the facts of several awards, ordered by id. One round trip."""
    return await _read(session, SELECT_AWARDS.where(Award.id.in_(award_ids)).order_by(Award.id))


async def list_awards_of_gift(session: AsyncSession, award_id: int) -> list[AwardFacts]:
    """Return the facts of all awards of the gift that this award belongs to. One round trip."""
    return await _read(session, SELECT_AWARDS.where(is_same_gift(award_id)).order_by(Award.id))


def is_same_gift(award_id: int) -> ColumnElement[bool]:
    """Build the condition that an award is this one, or was given together with it: they are shown as one.

    An award without a giver is a gift of its own.
    """
    one, other = aliased(Award), aliased(Award)
    together = and_(
        one.giver_id == other.giver_id,
        one.reward_id == other.reward_id,
        one.cause == other.cause,
        one.awarded_at == other.awarded_at,
    )
    others = select(other.id).join(one, together).where(one.id == award_id)
    return Award.id.in_(union_all(select(literal(award_id)), others))


async def list_awards_of_person(session: AsyncSession, person_id: int, *, limit: int = 20) -> list[AwardFacts]:
    """Return the newest awards of a person that are neither undone nor revoked. One round trip."""
    theirs = SELECT_AWARDS.where(Award.receiver_id == person_id, *AWARD_STANDS)
    return await _read(session, theirs.order_by(Award.awarded_at.desc(), Award.id.desc()).limit(limit))


async def list_newest_awards(session: AsyncSession, *, limit: int) -> list[AwardFacts]:
    """Return the newest awards of everybody that are neither undone nor revoked. One round trip."""
    standing = SELECT_AWARDS.where(*AWARD_STANDS)
    return await _read(session, standing.order_by(Award.awarded_at.desc(), Award.id.desc()).limit(limit))


async def get_last_given_award(session: AsyncSession, giver_id: int) -> Award | None:
    """Return the newest award of that giver that is neither undone nor revoked, or None."""
    given = select(Award).where(Award.giver_id == giver_id, *AWARD_STANDS)
    last: Award | None = await session.scalar(given.order_by(Award.awarded_at.desc(), Award.id.desc()).limit(1))
    return last


AWARD_STANDS = (Award.undone_at.is_(None), Award.revoked_at.is_(None))

AWARD_GIVER = aliased(Person)

AWARD_TEMPLATE = and_(
    RewardTemplate.reward_id == Award.reward_id,
    RewardTemplate.revision == Award.template_revision,
    Award.words.is_(None),
)

SELECT_AWARDS = (
    select(Award, Reward, Person, AWARD_GIVER, RewardTemplate.template)
    .join(Reward, Reward.id == Award.reward_id)
    .join(Person, Person.id == Award.receiver_id)
    .outerjoin(AWARD_GIVER, AWARD_GIVER.id == Award.giver_id)
    .outerjoin(RewardTemplate, AWARD_TEMPLATE)
)


async def _read(session: AsyncSession, query: Select[*tuple[Any, ...]]) -> list[AwardFacts]:
    return [_facts(*row) for row in await session.execute(query)]


def _facts(award: Award, reward: Reward, receiver: Person, giver: Person | None, template: str | None) -> AwardFacts:
    message = award.words or render_template(template or "", **build_template_values(award, reward, receiver, giver))
    return AwardFacts(
        id=award.id,
        reward_id=award.reward_id,
        reward=award.reward,
        emoji=reward.emoji,
        icon=reward.icon,
        points=award.points,
        message=message,
        giver_id=award.giver_id,
        giver_name=giver.display_name if giver else None,
        receiver_id=award.receiver_id,
        receiver_name=receiver.display_name,
        awarded_at=award.awarded_at,
        undone=award.undone_at is not None,
        revoked=award.revoked_at is not None,
        quiet=receiver.no_public_kudos,
    )


def build_template_values(
    award: Award, reward: Reward, receiver: Person, giver: Person | None
) -> dict[str, dict[str, Any]]:
    """Build the values for an award's message, by the names of `templates.TEMPLATE_FIELDS` and "args".

    "args" holds what the rule stored with the award.
    """
    local = award.awarded_at.astimezone(ZoneInfo(reward.timezone or "UTC"))
    return {
        "user": _known(receiver),
        "giver": _known(giver) if giver else {},
        "reward": {"reward": award.reward, "points": award.points, "description": reward.description},
        "args": award.args,
        "env": {
            "year": local.year,
            "month": local.month,
            "month_name": month_name[local.month],
            "day": local.day,
            "hour": local.hour,
            "date": local.date().isoformat(),
        },
    }


def _known(person: Person) -> dict[str, Any]:
    """Return the template values for a person: the fields that every colleague sees."""
    return {name: getattr(person, name) for name in rewards_templates.PERSON_TEMPLATE_FIELDS}
