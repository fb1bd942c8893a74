"""Publishing: an announcement, and the wanted state of one card at each destination."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    insert,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from engine.db.base import Instant, JsonColumn
from engine.db.compiled import CompiledStatement, match_any, spread_values
from engine.db.statements import build_insert_new, get_table
from engine.outbox.models import Announcement, Delivery
from engine.outbox.places import Place
from engine.people.models import EMAIL_CHANNEL, Identity


async def publish_announcement(
    session: AsyncSession,
    kind: str,
    subject_id: int,
    now: datetime,
    *,
    place_id: int | None,
    everywhere: bool,
    people: Collection[int] = (),
    details: dict[str, Any] | None = None,
    origin: dict[str, Any] | None = None,
    by_mail: bool = False,
    due_at: datetime | None = None,
) -> int:
    """Announce a fact in the place where it happened, in each subscribed place, and to the given people.

    `place_id` None or `everywhere` False leave those out. Each person is reached on the channel they prefer, else on
    the account they used last; by e-mail only if `by_mail` allows it and they have no other account. The place where it
    happened is tried even if it was closed. `origin` is kept with the delivery to `place_id`: it is the channel's own
    reply_to. Nothing is sent before `due_at` (None: now).

    Return the announcement's id. Two round trips for any number of destinations.
    """
    fact = {"kind": kind, "subject_id": subject_id, "details": details or {}, "created_at": now}
    [(announcement_id,)] = await INSERT_ANNOUNCEMENT.fetch(session, fact)
    if place_id is not None or everywhere or people:
        listed = spread_values("person", list(people))
        where = {"here": place_id, "everywhere": everywhere, "origin": origin or {}, "by_mail": by_mail}
        row = {"announcement": announcement_id, "now": due_at or now} | where | listed
        await _compile_deliveries(len(listed)).fetch(session, row)
    return int(announcement_id)


@lru_cache
def _compile_deliveries(size: int) -> CompiledStatement:
    """Compile the statement that inserts the deliveries to the places and to `size` people."""
    to_all = union_all(DELIVERIES_TO_PLACES, _to_people(size))
    return CompiledStatement(build_insert_new(Delivery).from_select(DELIVERY_COLUMNS, to_all))


def _to_people(size: int) -> Select[*tuple[Any, ...]]:
    other = aliased(Identity)
    outranked = exists().where(other.person_id == Identity.person_id, _may_hear(other), _comes_before(other, Identity))
    return select(
        bindparam("announcement", type_=Integer),
        literal("person:").concat(cast(Identity.person_id, String)),
        cast(null(), Integer),
        Identity.id,
        Identity.channel,
        cast(null(), JsonColumn),
        bindparam("now", type_=Instant),
        literal(1),
        literal(0),
        literal(0),
    ).where(match_any(get_table(Identity).c.person_id, "person", size), _may_hear(Identity), ~outranked)


def _may_hear(account: type[Identity]) -> ColumnElement[bool]:
    return or_(account.channel != EMAIL_CHANNEL, bindparam("by_mail", type_=Boolean))


def _comes_before(one: type[Identity], other: type[Identity]) -> ColumnElement[bool]:
    """Build the condition that direct messages go to `one` rather than to `other`.

    The preferred channel comes first, then the account used last.
    """
    return tuple_(*_rank(one)) > tuple_(*_rank(other))


def _rank(account: type[Identity]) -> tuple[SQLColumnExpression[Any], ...]:
    preferred = case((account.preferred_at.is_not(None), 1), else_=0)
    return preferred, account.seen_at, account.linked_at, account.id


IS_HERE = Place.id == bindparam("here")  # no place, where it is NULL

DELIVERIES_TO_PLACES = select(  # to the place `here`, and to all subscribed places if `everywhere` is true
    bindparam("announcement", type_=Integer),
    literal("place:").concat(cast(Place.id, String)),
    Place.id,
    cast(null(), Integer),
    Place.channel,
    case((IS_HERE, bindparam("origin", type_=JsonColumn)), else_=cast(null(), JsonColumn)),
    bindparam("now", type_=Instant),
    literal(1),
    literal(0),
    literal(0),
).where(or_(IS_HERE, and_(Place.announces, Place.closed_at.is_(None), bindparam("everywhere", type_=Boolean))))

DELIVERY_COLUMNS = (
    "announcement_id", "destination", "place_id", "identity_id", "channel", "origin", "due_at",
    "wanted_version", "sent_version", "attempts",
)  # fmt: skip

ANNOUNCEMENTS_TABLE = get_table(Announcement)

INSERT_ANNOUNCEMENT = CompiledStatement(
    insert(ANNOUNCEMENTS_TABLE).returning(ANNOUNCEMENTS_TABLE.c.id), ("kind", "subject_id", "details", "created_at")
)


async def find_unreachable(session: AsyncSession, people: Collection[int]) -> set[int]:
    """Find the people without an account on any channel: direct messages cannot reach them.

    E-mail is ignored. One round trip, or zero if `people` is empty.
    """
    if not people:
        return set()
    talks = (Identity.person_id.in_(people), Identity.channel != EMAIL_CHANNEL)
    return set(people) - set(await session.scalars(select(Identity.person_id).where(*talks)))


async def find_next_account(session: AsyncSession, delivery_id: int, *, by_mail: bool) -> Identity | None:
    """Find the person's next account to try after the delivery's account failed.

    Return None if that was the last.
    """
    tried = aliased(Identity)
    others = (
        select(Identity)
        .join(tried, and_(tried.person_id == Identity.person_id, _comes_before(tried, Identity)))
        .join(Delivery, Delivery.identity_id == tried.id)
        .where(Delivery.id == delivery_id, _may_hear(Identity))
        .order_by(*(part.desc() for part in _rank(Identity)))
    )
    return await session.scalar(others.limit(1), {"by_mail": by_mail})


async def mark_changed(session: AsyncSession, kind: str, subject_id: int, now: datetime) -> None:
    """Mark a fact as changed (undone, revoked, liked), so that its cards are drawn again.

    This applies to every card that was sent or is on its way.
    """
    told = select(Announcement.id).where(Announcement.kind == kind, Announcement.subject_id == subject_id)
    await session.execute(
        update(Delivery)
        .where(Delivery.announcement_id.in_(told), Delivery.closed_at.is_(None))
        .values(wanted_version=Delivery.wanted_version + 1, due_at=now, attempts=0, parked_at=None)
    )
