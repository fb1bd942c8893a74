"""A light thank-you: giver, receivers, words, tags."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, Index, String, bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, make_transient_to_detached, mapped_column

from engine import access, outbox, points, thanks
from engine.db import Base, Instant, Steps, in_order, table_of
from engine.errors import Refused
from engine.outbox import Hearers
from engine.people import Person
from engine.settings import Settings
from engine.tags import gathered

KIND = "kudos"  # of its announcements


class Kudos(Base):
    """One gift, with one or more receivers."""

    __tablename__ = "kudos"
    __table_args__ = (Index("ix_kudos_giver_day", "giver_id", "day"), Index("ix_kudos_cause", "cause"))
    __allow_unmapped__ = True  # for `left_today`, the one attribute that is not stored

    id: Mapped[int] = mapped_column("kudos_id", primary_key=True)
    giver_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    words: Mapped[str]
    public: Mapped[bool] = mapped_column(default=True)
    day: Mapped[date]  # the giver's day, fixed at giving: allowances are counted on it
    given_at: Mapped[datetime] = mapped_column(Instant)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    cause: Mapped[str | None] = mapped_column(String(255))  # what brought it: "turn:…"
    link: Mapped[str | None]  # where the message can be read that it is for
    left_today: int | None = None  # of the giver's allowance after this gift; known to the turn that gave it only


class KudosReceiver(Base):
    __tablename__ = "kudos_receivers"
    __table_args__ = (Index("ix_kudos_receivers_receiver_id", "receiver_id"),)

    kudos_id: Mapped[int] = mapped_column(ForeignKey("kudos.kudos_id"), primary_key=True)
    receiver_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)  # as the giver named them
    points: Mapped[int] = mapped_column(default=0)


class KudosTag(Base):
    """A tag that a gift carries; custom tags need no definition."""

    __tablename__ = "kudos_tags"
    __table_args__ = (Index("ix_kudos_tags_tag", "tag"),)

    kudos_id: Mapped[int] = mapped_column(ForeignKey("kudos.kudos_id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)


PEOPLE, KUDOS, RECEIVERS, TAGS = map(table_of, (Person, Kudos, KudosReceiver, KudosTag))
# Built once: every gift runs them.
LOCK = select(PEOPLE.c.id).where(PEOPLE.c.id == bindparam("giver")).with_for_update(key_share=True)
THANKED = (
    select(RECEIVERS.c.receiver_id, func.count())
    .join(KUDOS, KUDOS.c.kudos_id == RECEIVERS.c.kudos_id)
    .where(KUDOS.c.giver_id == bindparam("giver"), KUDOS.c.day == bindparam("day"), KUDOS.c.undone_at.is_(None))
    .group_by(RECEIVERS.c.receiver_id)
)
ADD = insert(KUDOS).returning(KUDOS.c.kudos_id)
STORED = ("giver_id", "words", "public", "day", "given_at", "undone_at", "cause", "link")
ADD_RECEIVERS, ADD_TAGS = insert(RECEIVERS), insert(TAGS)


@dataclass(frozen=True, slots=True)
class KudosFacts:
    """A gift as it is told. `points` is what each receiver got."""

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
        """The receivers who are named in public: none where the gift is private."""
        return tuple(who for who in self.receivers if self.public and who[0] not in self.quiet)


async def give(
    session: AsyncSession,
    *,
    giver: Person,
    receivers: Sequence[Person],
    words: str,
    tags: Sequence[str],
    public: bool,
    settings: Settings,
    now: datetime,
    place_id: int | None,
    origin: dict[str, Any] | None,
    cause: str | None = None,
    link: str = "",
) -> Kudos:
    """Thank all the receivers, or none. Six round trips at most, and two for the announcement.

    `tags` may be spelled in any way; `place_id` is where a public gift is celebrated, beside the subscribed places;
    `cause` names what brought it about, and `link` leads to the message that it is for.
    Raises NotAllowed "inactive" and "giver_not_eligible", and Refused: "words_missing", "words_unstorable",
    "words_too_long" (length, limit), "receiver_missing", "kudos_too_many_receivers" (count), "self_kudos",
    "receiver_inactive" (name), "kudos_not_eligible" (name), "tag_unreadable" (tag, count), "too_many_tags" (count),
    "kudos_per_day" (count, left), "kudos_per_pair" (name, count).
    """
    access.require(giver, "kudos")
    thanks.refuse_words(words)
    people = thanks.to_whom(giver, receivers, settings)
    names = gathered(tags)
    row = {"giver_id": giver.id, "words": words, "public": public, "day": local_day(giver, settings, now)}
    gift = Kudos(**row, given_at=now, undone_at=None, cause=cause, link=link or None)
    await in_order(session, _steps(gift, people, names, settings, _hearers(gift, people, place_id, origin)))
    make_transient_to_detached(gift)  # it enters the session as if it had been read: a flush would cost twice as much
    session.add(gift)
    return gift


def _steps(
    gift: Kudos, people: Sequence[Person], names: Sequence[str], settings: Settings, hearers: Hearers
) -> Steps[None]:
    """All that is read and written. The gift gets to know its number, and what is left of the allowance."""
    gift.left_today = yield from _allowance_after(gift, people, settings)
    gift.id = (yield ADD, {name: getattr(gift, name) for name in STORED}).scalar_one()
    yield from _parts(gift, people, names, settings.kudos_points)
    yield from outbox.publishing(KIND, gift.id, gift.given_at, hearers)


def local_day(giver: Person, settings: Settings, now: datetime) -> date:
    """The giver's own day: in their zone, else the organisation's."""
    return now.astimezone(ZoneInfo(giver.timezone or settings.timezone)).date()


def _allowance_after(gift: Kudos, people: Sequence[Person], settings: Settings) -> Steps[int | None]:
    """What is left of the day's allowance after this gift; None without one. Refuses what goes beyond a limit.

    The giver's gifts queue at their own row, so that what is counted is what there is.
    """
    per_day, per_pair = settings.kudos_per_day, settings.kudos_per_pair_per_day
    if not per_day and not per_pair:
        return None
    yield LOCK, {"giver": gift.giver_id}
    thanked = {receiver_id: count for receiver_id, count in (yield THANKED, {"giver": gift.giver_id, "day": gift.day})}
    for person in people:
        if per_pair and thanked.get(person.id, 0) >= per_pair:
            raise Refused("kudos_per_pair", name=person.display_name, count=per_pair)
    left = per_day - sum(thanked.values())
    if per_day and len(people) > left:
        raise Refused("kudos_per_day", count=per_day, left=max(left, 0))
    return left - len(people) if per_day else None


def _parts(gift: Kudos, people: Sequence[Person], names: Sequence[str], each: int) -> Steps[None]:
    """The receivers, the tags, and the points of a gift."""
    yield (
        ADD_RECEIVERS,
        [
            {"kudos_id": gift.id, "receiver_id": person.id, "position": at, "points": each}
            for at, person in enumerate(people)
        ],
    )
    if names:
        yield ADD_TAGS, [{"kudos_id": gift.id, "tag": name, "position": at} for at, name in enumerate(names)]
    if each > 0:
        earned = {"amount": each, "source": source_of(gift.id), "reason": "received", "at": gift.given_at}
        yield points.EARN, [{"person_id": person.id, **earned} for person in people]


def source_of(kudos_id: int) -> str:
    """The name of a gift in the ledger of points."""
    return f"{KIND}:{kudos_id}"


def _hearers(gift: Kudos, people: Sequence[Person], place_id: int | None, origin: dict[str, Any] | None) -> Hearers:
    """In public where anybody may be named there; to each receiver who wishes it, or who hears of it no other way."""
    named = gift.public and not all(person.no_public_kudos for person in people)
    directly = [p.id for p in people if p.direct_news or p.no_public_kudos or not gift.public]
    return Hearers(place_id if named else None, named, directly, origin)


async def undo(session: AsyncSession, kudos_id: int, *, actor: Person, settings: Settings, now: datetime) -> Kudos:
    """The giver takes a gift back within the settings' minutes (0: at any time). Its allowance returns on the day
    it was spent, its points are reversed.

    Raises Refused: "unknown_kudos", "not_your_gift", "already_undone", "undo_too_late" (count: minutes).
    """
    access.require(actor, "undo")
    gift = await session.get(Kudos, kudos_id, with_for_update={"key_share": True})
    if gift is None:
        raise Refused("unknown_kudos")
    if gift.giver_id != actor.id:
        raise Refused("not_your_gift")
    if gift.undone_at is not None:
        raise Refused("already_undone")
    if settings.undo_minutes and now - gift.given_at > timedelta(minutes=settings.undo_minutes):
        raise Refused("undo_too_late", count=settings.undo_minutes)
    gift.undone_at = now
    await points.reverse(session, source_of(gift.id), now)
    await outbox.want_anew(session, KIND, gift.id, now)
    return gift


async def last_given(session: AsyncSession, giver_id: int) -> Kudos | None:
    """The newest gift of the giver that was not taken back."""
    return await session.scalar(
        select(Kudos)
        .where(Kudos.giver_id == giver_id, Kudos.undone_at.is_(None))
        .order_by(Kudos.given_at.desc(), Kudos.id.desc())
        .limit(1)
    )


def facts_of(gift: Kudos, giver: Person, receivers: Sequence[Person], tags: tuple[str, ...], each: int) -> KudosFacts:
    """The facts of a gift whose parts are in hand; `each` is the points of one receiver."""
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
