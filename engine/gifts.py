"""A gift of badges: the awards that one giver gave by one turn. They are taken back together."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine import awarded, awards
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
    """The awards of the same gift that were neither undone nor revoked, all of them held from here on.

    They share their celebration: who changed it before holding the next award would wait for one who holds that award
    and waits for the celebration.
    """
    standing = (awarded.of_gift(award_id), Award.undone_at.is_(None), Award.revoked_at.is_(None))
    held = select(Award.id).where(*standing).order_by(Award.id).with_for_update(key_share=True)
    return (await session.scalars(held)).all()
