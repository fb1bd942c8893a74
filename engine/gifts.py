"""A gift of badges: the awards that one giver gave by one turn. They are taken back together."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from engine import awards
from engine.awards import Award
from engine.people import Person
from engine.settings import Settings


async def undo(
    session: AsyncSession, award_id: int, *, actor: Person, settings: Settings, now: datetime
) -> Sequence[int]:
    """Take back every award of the gift that `award_id` is of; returns the ids of those taken back.

    Awards that an administrator has revoked meanwhile stay so. Raises Refused as `awards.undo`.
    """
    standing = await _standing(session, award_id) or [award_id]
    for one in standing:
        await awards.undo(session, one, actor=actor, settings=settings, now=now)
    return standing


async def _standing(session: AsyncSession, award_id: int) -> Sequence[int]:
    """The awards of the same gift that were neither undone nor revoked, in the order in which all lock them."""
    one = aliased(Award)
    same = and_(
        one.id == award_id,
        one.giver_id == Award.giver_id,
        one.reward_id == Award.reward_id,
        one.cause == Award.cause,
        one.awarded_at == Award.awarded_at,
    )
    gift = select(Award.id).join(one, same).where(Award.undone_at.is_(None), Award.revoked_at.is_(None))
    return (await session.scalars(gift.order_by(Award.id))).all()
