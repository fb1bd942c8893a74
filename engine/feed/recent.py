"""What was given lately and may be seen by everybody: thanks and awards together, the newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from engine.awards.models import Award
from engine.kudos.models import KUDOS_KIND, Kudos, KudosReceiver
from engine.people.models import Person
from engine.people.names import fold_name

MAX_FEED_QUERY_LENGTH = 100  # characters that are looked for

MAX_FEED_OFFSET = 1000  # nobody pages farther back


@dataclass(frozen=True, slots=True)
class RecentItem:
    kind: Literal["kudos", "award"]
    id: int
    at: datetime


async def list_recent_items(session: AsyncSession, typed: str, *, limit: int, offset: int = 0) -> list[RecentItem]:
    """Those whose words, badge or people have `typed` in them; all of them where it is empty. One round trip.

    What was taken back, what was meant for the receiver alone, and awards of who wishes no public praise are left out.
    """
    typed = typed.replace("\0", "").strip()[:MAX_FEED_QUERY_LENGTH]
    both = union_all(_thanks(typed), _awards(typed)).subquery()
    newest = select(both).order_by(both.c.at.desc(), both.c.id.desc())
    rows = await session.execute(newest.limit(limit).offset(min(max(offset, 0), MAX_FEED_OFFSET)))
    return [RecentItem(*row) for row in rows]


def _thanks(typed: str) -> Select[*tuple[Any, ...]]:
    receiver = aliased(Person)
    got = exists().where(KudosReceiver.kudos_id == Kudos.id, receiver.id == KudosReceiver.receiver_id)
    found = select(literal(KUDOS_KIND).label("kind"), Kudos.id.label("id"), Kudos.given_at.label("at"))
    found = found.join(Person, Person.id == Kudos.giver_id).where(Kudos.public, Kudos.undone_at.is_(None))
    got = got.where(~receiver.no_public_kudos)
    found, by_name = found.where(got), got.where(_named(receiver, typed))
    if not typed:
        return found
    return found.where(or_(_has(Kudos.words, typed), _named(Person, typed), by_name))


def _awards(typed: str) -> Select[*tuple[Any, ...]]:
    receiver = aliased(Person)
    stands = and_(Award.undone_at.is_(None), Award.revoked_at.is_(None), ~receiver.no_public_kudos)
    found = select(literal("award").label("kind"), Award.id.label("id"), Award.awarded_at.label("at"))
    found = found.join(receiver, receiver.id == Award.receiver_id).outerjoin(Person, Person.id == Award.giver_id)
    found = found.where(stands)
    if not typed:
        return found
    said = or_(_has(Award.words, typed), _has(Award.reward, typed))
    return found.where(or_(said, _named(Person, typed), _named(receiver, typed)))


def _has(column: Any, typed: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.icontains(typed, autoescape=True)
    return found


def _named(person: Any, typed: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = person.folded_name.contains(fold_name(typed), autoescape=True)
    return found
