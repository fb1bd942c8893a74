"""Thanks from the side of one person: the newest that they gave and got."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from engine.kudos import Kudos, KudosReceiver
from engine.people import Person

STANDS = Kudos.undone_at.is_(None)


@dataclass(frozen=True, slots=True)
class Thanks:
    """One gift in a line. `receivers` are (person's id, name), as the giver named them."""

    giver: tuple[int, str]
    receivers: tuple[tuple[int, str], ...]
    words: str
    given_at: datetime


async def given(session: AsyncSession, person_id: int, limit: int) -> Sequence[Thanks]:
    """What the person gave, the newest first. One round trip."""
    return await _thanks(session, Kudos.giver_id == person_id, limit)


async def received(session: AsyncSession, person_id: int, limit: int) -> Sequence[Thanks]:
    """What the person got, the newest first. One round trip."""
    got = select(KudosReceiver.kudos_id).where(KudosReceiver.receiver_id == person_id)
    return await _thanks(session, Kudos.id.in_(got), limit)


async def _thanks(session: AsyncSession, whose: ColumnElement[bool], limit: int) -> Sequence[Thanks]:
    newest = select(Kudos.id).where(whose, STANDS).order_by(Kudos.given_at.desc(), Kudos.id.desc()).limit(limit)
    giver, receiver = aliased(Person), aliased(Person)
    rows = await session.execute(
        select(Kudos, giver.id, giver.display_name, receiver.id, receiver.display_name)
        .join(giver, giver.id == Kudos.giver_id)
        .join(KudosReceiver, KudosReceiver.kudos_id == Kudos.id)
        .join(receiver, receiver.id == KudosReceiver.receiver_id)
        .where(Kudos.id.in_(newest.scalar_subquery()))
        .order_by(Kudos.given_at.desc(), Kudos.id.desc(), KudosReceiver.position)
    )
    gifts: dict[int, Thanks] = {}
    for gift, giver_id, giver_name, receiver_id, name in rows:
        begun = gifts.get(gift.id) or Thanks((giver_id, giver_name), (), gift.words, gift.given_at)
        gifts[gift.id] = Thanks(begun.giver, (*begun.receivers, (receiver_id, name)), begun.words, begun.given_at)
    return tuple(gifts.values())
