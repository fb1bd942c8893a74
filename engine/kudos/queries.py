"""Queries for kudos: single ones, those given or received, and the colleagues thanked lately.

The latter are offered first where a person is to be chosen.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy import BindParameter, ColumnElement, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from engine.kudos.giving import KudosResult
from engine.kudos.models import Kudos, KudosReceiver, KudosTag
from engine.people.account import Account
from engine.people.lookup import is_active_employee, match_account
from engine.people.models import Identity, Person

LOOKED_THROUGH = 200  # gifts of one person


async def list_recently_thanked(session: AsyncSession, account: Account, *, limit: int) -> tuple[Person, ...]:
    """List at most `limit` colleagues thanked by the account, the latest first.

    The result is empty for an account without a person. Only the newest LOOKED_THROUGH kudos of the account are
    searched.
    """
    giver = select(Identity.person_id).where(match_account(Identity, account)).scalar_subquery()
    newest = select(Kudos.id, Kudos.given_at).where(Kudos.giver_id == giver)
    gift = newest.order_by(Kudos.given_at.desc(), Kudos.id.desc()).limit(LOOKED_THROUGH).subquery()
    lately = (
        select(KudosReceiver.receiver_id, func.max(gift.c.given_at).label("at"))
        .join(gift, gift.c.id == KudosReceiver.kudos_id)
        .group_by(KudosReceiver.receiver_id)
        .order_by(func.max(gift.c.given_at).desc())
        .limit(limit)
        .subquery()
    )
    found = await session.scalars(
        select(Person)
        .join(lately, lately.c.receiver_id == Person.id)
        .where(is_active_employee())
        .order_by(lately.c.at.desc(), Person.id)
    )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class KudosFacts:
    """The facts of kudos, for display. `points` is what each receiver got."""

    id: int
    giver_id: int
    giver_name: str
    receivers: tuple[tuple[int, str], ...]  # (person's id, name), as the giver named them
    words: str
    tags: tuple[str, ...]
    points: int
    public: bool
    given_at: datetime
    undone: bool
    link: str = ""  # to the message that it is for
    quiet: frozenset[int] = frozenset()  # the receivers who wish not to be thanked in public

    @property
    def celebrated(self) -> tuple[tuple[int, str], ...]:
        """Return the receivers who are named in public. It is empty for private kudos."""
        return tuple(who for who in self.receivers if self.public and who[0] not in self.quiet)


async def get_last_given_kudos(session: AsyncSession, giver_id: int) -> Kudos | None:
    """Return the giver's newest kudos that were not taken back, or None."""
    return await session.scalar(
        select(Kudos)
        .where(Kudos.giver_id == giver_id, Kudos.undone_at.is_(None))
        .order_by(Kudos.given_at.desc(), Kudos.id.desc())
        .limit(1)
    )


def build_kudos_facts(
    gift: Kudos | KudosResult, giver: Person, receivers: Sequence[Person], tags: tuple[str, ...], each: int
) -> KudosFacts:
    """Build the facts of kudos from parts that are loaded already.

    `each` is the points of one receiver.
    """
    return KudosFacts(
        id=gift.id,
        giver_id=giver.id,
        giver_name=giver.display_name,
        receivers=tuple((person.id, person.display_name) for person in receivers),
        words=gift.words,
        tags=tags,
        points=each,
        public=gift.public,
        given_at=gift.given_at,
        undone=gift.undone_at is not None,
        link=gift.link or "",
        quiet=frozenset(person.id for person in receivers if person.no_public_kudos),
    )


KUDOS_NOT_UNDONE = Kudos.undone_at.is_(None)


@dataclass(frozen=True, slots=True)
class KudosLine:
    """One gift in a line. `receivers` are (person's id, name), as the giver named them."""

    giver: tuple[int, str]
    receivers: tuple[tuple[int, str], ...]
    words: str
    given_at: datetime


async def list_kudos_given(session: AsyncSession, person_id: int, limit: int) -> Sequence[KudosLine]:
    """List the kudos that the person gave, the newest first. One round trip."""
    return await _thanks(session, Kudos.giver_id == person_id, limit)


async def list_kudos_received(session: AsyncSession, person_id: int, limit: int) -> Sequence[KudosLine]:
    """List the kudos that the person got, the newest first. One round trip.

    If there are very many, only those with the LOOKED_THROUGH highest ids are ordered by time.
    """
    got = (
        select(KudosReceiver.kudos_id)
        .join(Kudos, Kudos.id == KudosReceiver.kudos_id)
        .where(KudosReceiver.receiver_id == person_id, KUDOS_NOT_UNDONE)
        .order_by(KudosReceiver.kudos_id.desc())
        .limit(LOOKED_THROUGH)
    )
    return await _thanks(session, Kudos.id.in_(got.scalar_subquery()), limit)


async def _thanks(session: AsyncSession, whose: ColumnElement[bool], limit: int) -> Sequence[KudosLine]:
    newest = (
        select(Kudos.id).where(whose, KUDOS_NOT_UNDONE).order_by(Kudos.given_at.desc(), Kudos.id.desc()).limit(limit)
    )
    giver, receiver = aliased(Person), aliased(Person)
    rows = await session.execute(
        select(Kudos, giver.id, giver.display_name, receiver.id, receiver.display_name)
        .join(giver, giver.id == Kudos.giver_id)
        .join(KudosReceiver, KudosReceiver.kudos_id == Kudos.id)
        .join(receiver, receiver.id == KudosReceiver.receiver_id)
        .where(Kudos.id.in_(newest.scalar_subquery()))
        .order_by(Kudos.given_at.desc(), Kudos.id.desc(), KudosReceiver.position)
    )
    gifts: dict[int, KudosLine] = {}
    for gift, giver_id, giver_name, receiver_id, name in rows:
        begun = gifts.get(gift.id) or KudosLine((giver_id, giver_name), (), gift.words, gift.given_at)
        gifts[gift.id] = KudosLine(begun.giver, (*begun.receivers, (receiver_id, name)), begun.words, begun.given_at)
    return tuple(gifts.values())


# Built once: every celebration runs them.
KUDOS_GIVER = aliased(Person)
KUDOS_IDS_PARAMETER: BindParameter[int] = bindparam("ids", expanding=True)

SELECT_KUDOS = (
    select(Kudos, KUDOS_GIVER, Person, KudosReceiver.points)
    .join(KUDOS_GIVER, KUDOS_GIVER.id == Kudos.giver_id)
    .join(KudosReceiver, KudosReceiver.kudos_id == Kudos.id)
    .join(Person, Person.id == KudosReceiver.receiver_id)
    .where(Kudos.id.in_(KUDOS_IDS_PARAMETER))
    .order_by(Kudos.id, KudosReceiver.position)
)

SELECT_KUDOS_TAGS = (
    select(KudosTag.kudos_id, KudosTag.tag)
    .where(KudosTag.kudos_id.in_(KUDOS_IDS_PARAMETER))
    .order_by(KudosTag.position)
)


async def get_kudos(session: AsyncSession, kudos_id: int) -> KudosFacts | None:
    """Return the kudos with that id as they are now, or None if they do not exist. Two round trips."""
    return (await list_kudos(session, [kudos_id])).get(kudos_id)


async def list_kudos(session: AsyncSession, ids: Collection[int]) -> dict[int, KudosFacts]:
    """Return the kudos with those ids as they are now, by id.

    Two round trips for any number of ids; none if `ids` is empty.
    """
    if not ids:
        return {}
    rows = await session.execute(SELECT_KUDOS, {"ids": list(ids)})
    tags: dict[int, list[str]] = defaultdict(list)
    for kudos_id, tag in await session.execute(SELECT_KUDOS_TAGS, {"ids": list(ids)}):
        tags[kudos_id].append(tag)
    found: dict[int, KudosFacts] = {}
    for gift, of_gift in groupby(rows, key=itemgetter(0)):
        parts = list(of_gift)
        giver, each = parts[0][1], parts[0][3]
        found[gift.id] = build_kudos_facts(gift, giver, [part[2] for part in parts], tuple(tags[gift.id]), each)
    return found
