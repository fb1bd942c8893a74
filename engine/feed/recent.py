"""What was given lately and may be seen by everybody: thanks and awards together, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, column, exists, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from engine.awards.models import Award
from engine.kudos.models import KUDOS_KIND, Kudos, KudosReceiver
from engine.people.fitting import is_part, may_have_parts
from engine.people.models import Person
from engine.people.names import fold_name

MAX_FEED_QUERY_LENGTH = 100  # characters that are looked for
LOOKED_THROUGH = 2000  # of the newest of each kind
LOOKED_THROUGH_OF_PEOPLE = 200  # that the people who are named gave, and as many that they got
MOST_NAMED = 200  # people; where more have what was typed in their names, they are not looked up one by one
MAX_FEED_OFFSET = 1000  # nobody pages farther back


@dataclass(frozen=True, slots=True)
class RecentItem:
    kind: Literal["kudos", "award"]
    id: int
    at: datetime


async def list_recent_items(session: AsyncSession, typed: str, *, limit: int, offset: int = 0) -> list[RecentItem]:
    """List the newest gifts whose message, reward or people contain `typed`; all of them if it is empty.

    At most two round trips. Gifts that were taken back, private kudos, and awards of people who wish no public praise
    are left out. The search covers the newest LOOKED_THROUGH of each kind; if `typed` names few people, also what they
    gave and got.
    """
    typed = typed.replace("\0", "").strip()[:MAX_FEED_QUERY_LENGTH]
    offset = min(max(offset, 0), MAX_FEED_OFFSET)
    sought = Sought(typed, await _named(session, fold_name(typed))) if typed else None
    both = union_all(*(select(half.limit(limit + offset).subquery()) for half in (_thanks(sought), _awards(sought))))
    newest = both.order_by(column("at").desc(), column("id").desc())
    return [RecentItem(*row) for row in await session.execute(newest.limit(limit).offset(offset))]


@dataclass(frozen=True, slots=True)
class Sought:
    """A search: the typed text, and the ids of the people that it names.

    The ids are None if there are too many to list.
    """

    typed: str
    people: Sequence[int] | None

    def is_in(self, *columns: Any) -> ColumnElement[bool]:
        return or_(*(column.icontains(self.typed, autoescape=True) for column in columns))

    def is_one(self, person: Any, person_id: Any) -> ColumnElement[bool]:
        name = person.folded_name.contains(fold_name(self.typed), autoescape=True)
        named: ColumnElement[bool] = name if self.people is None else person_id.in_(self.people)
        return named


async def _named(session: AsyncSession, folded: str) -> Sequence[int] | None:
    if not folded:
        return None
    parts = may_have_parts([folded]), is_part(folded)
    found = (await session.scalars(select(Person.id).where(*parts).limit(MOST_NAMED + 1))).all()
    return found if len(found) <= MOST_NAMED else None


def _thanks(sought: Sought | None) -> Select[*tuple[Any, ...]]:
    """Select the public kudos that match the search, the newest first."""
    receiver = aliased(Person)
    kudos = _looked_through_kudos(sought) if sought else Kudos
    got = exists().where(KudosReceiver.kudos_id == kudos.id, receiver.id == KudosReceiver.receiver_id)
    got = got.where(~receiver.no_public_kudos)
    found = select(literal(KUDOS_KIND).label("kind"), kudos.id.label("id"), kudos.given_at.label("at"))
    found = found.join(Person, Person.id == kudos.giver_id).order_by(kudos.given_at.desc(), kudos.id.desc())
    found = found.where(kudos.public, kudos.undone_at.is_(None), got)
    if sought is None:
        return found
    by_name = got.where(sought.is_one(receiver, KudosReceiver.receiver_id))
    found = found.where(or_(sought.is_in(kudos.words), sought.is_one(Person, kudos.giver_id), by_name))
    return found.distinct() if sought.people else found


def _awards(sought: Sought | None) -> Select[*tuple[Any, ...]]:
    """Select the awards that match the search, the newest first."""
    receiver = aliased(Person)
    award = _looked_through_awards(sought) if sought else Award
    found = select(literal("award").label("kind"), award.id.label("id"), award.awarded_at.label("at"))
    found = found.join(receiver, receiver.id == award.receiver_id).outerjoin(Person, Person.id == award.giver_id)
    found = found.where(award.undone_at.is_(None), award.revoked_at.is_(None), ~receiver.no_public_kudos)
    found = found.order_by(award.awarded_at.desc(), award.id.desc())
    if sought is None:
        return found
    by_name = sought.is_one(Person, award.giver_id), sought.is_one(receiver, award.receiver_id)
    found = found.where(or_(sought.is_in(award.words, award.reward), *by_name))
    return found.distinct() if sought.people else found


# Each a subquery that is read first: as a list of ids for an "in" PostgreSQL would read the whole table beside it.
def _looked_through_kudos(sought: Sought) -> Any:
    """Select the kudos to search: the newest, and the newest that the named people gave or got.

    Some may occur twice.
    """
    seen = select(Kudos).where(Kudos.public, Kudos.undone_at.is_(None))
    parts = [seen.order_by(Kudos.given_at.desc(), Kudos.id.desc()).limit(LOOKED_THROUGH)]
    if sought.people:
        gave = seen.where(Kudos.giver_id.in_(sought.people)).order_by(Kudos.given_at.desc())
        got = select(KudosReceiver.kudos_id).where(KudosReceiver.receiver_id.in_(sought.people))
        got = got.order_by(KudosReceiver.kudos_id.desc()).limit(LOOKED_THROUGH_OF_PEOPLE)
        ids = got.subquery()
        parts += [gave.limit(LOOKED_THROUGH_OF_PEOPLE), seen.join(ids, ids.c.kudos_id == Kudos.id)]
    return aliased(Kudos, union_all(*(select(part.subquery()) for part in parts)).subquery())


def _looked_through_awards(sought: Sought) -> Any:
    """Select the awards to search: the newest, and the newest that the named people gave or got.

    Some may occur twice.
    """
    seen = select(Award).where(Award.undone_at.is_(None), Award.revoked_at.is_(None))
    seen = seen.order_by(Award.awarded_at.desc(), Award.id.desc())
    parts = [seen.limit(LOOKED_THROUGH)]
    for whose in (Award.giver_id, Award.receiver_id) if sought.people else ():
        parts.append(seen.where(whose.in_(sought.people or ())).limit(LOOKED_THROUGH_OF_PEOPLE))
    return aliased(Award, union_all(*(select(part.subquery()) for part in parts)).subquery())
