"""Kudos as they are told: with everybody's name, the words and the tags."""

from collections import defaultdict
from collections.abc import Collection
from itertools import groupby
from operator import itemgetter

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from engine.kudos import Kudos, KudosFacts, KudosReceiver, KudosTag, facts_of
from engine.people import Person

# Built once: every celebration runs them.
GIVER = aliased(Person)
IDS: BindParameter[int] = bindparam("ids", expanding=True)
GIFTS = (
    select(Kudos, GIVER, Person, KudosReceiver.points)
    .join(GIVER, GIVER.id == Kudos.giver_id)
    .join(KudosReceiver, KudosReceiver.kudos_id == Kudos.id)
    .join(Person, Person.id == KudosReceiver.receiver_id)
    .where(Kudos.id.in_(IDS))
    .order_by(Kudos.id, KudosReceiver.position)
)
TAGS = select(KudosTag.kudos_id, KudosTag.tag).where(KudosTag.kudos_id.in_(IDS)).order_by(KudosTag.position)


async def one(session: AsyncSession, kudos_id: int) -> KudosFacts | None:
    """The gift as it is now, or None where there is none of that number. Two round trips."""
    return (await several(session, [kudos_id])).get(kudos_id)


async def several(session: AsyncSession, ids: Collection[int]) -> dict[int, KudosFacts]:
    """The gifts as they are now, by number. Two round trips, whatever their number; none for none."""
    if not ids:
        return {}
    rows = await session.execute(GIFTS, {"ids": list(ids)})
    tags: dict[int, list[str]] = defaultdict(list)
    for kudos_id, tag in await session.execute(TAGS, {"ids": list(ids)}):
        tags[kudos_id].append(tag)
    found: dict[int, KudosFacts] = {}
    for gift, of_gift in groupby(rows, key=itemgetter(0)):
        parts = list(of_gift)
        giver, each = parts[0][1], parts[0][3]
        found[gift.id] = facts_of(gift, giver, [part[2] for part in parts], tuple(tags[gift.id]), each)
    return found
