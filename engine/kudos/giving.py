"""A light thank-you: giver, receivers, words, tags."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import make_transient_to_detached

from engine.admin.permissions import require_permission
from engine.admin.settings import Settings
from engine.db.statements import StatementSteps, get_table, run_steps
from engine.errors import Refused
from engine.kudos.checks import check_receivers
from engine.kudos.models import KUDOS_KIND, Kudos, KudosReceiver, KudosTag, build_kudos_source
from engine.kudos.tags import parse_tags
from engine.messages import check_message
from engine.outbox.publishing import Recipients, build_publish_steps
from engine.people.holding import hold_people
from engine.people.models import Person
from engine.points import ledger

KUDOS_TABLE, KUDOS_RECEIVERS_TABLE, KUDOS_TAGS_TABLE = map(get_table, (Kudos, KudosReceiver, KudosTag))

# Built once: every gift runs them.
COUNT_THANKED = (
    select(KUDOS_RECEIVERS_TABLE.c.receiver_id, func.count())
    .join(KUDOS_TABLE, KUDOS_TABLE.c.kudos_id == KUDOS_RECEIVERS_TABLE.c.kudos_id)
    .where(
        KUDOS_TABLE.c.giver_id == bindparam("giver"),
        KUDOS_TABLE.c.day == bindparam("day"),
        KUDOS_TABLE.c.undone_at.is_(None),
    )
    .group_by(KUDOS_RECEIVERS_TABLE.c.receiver_id)
)

INSERT_KUDOS = insert(KUDOS_TABLE).returning(KUDOS_TABLE.c.kudos_id)

STORED_KUDOS_FIELDS = ("giver_id", "words", "public", "day", "given_at", "undone_at", "cause", "link")

INSERT_KUDOS_RECEIVERS, INSERT_KUDOS_TAGS = insert(KUDOS_RECEIVERS_TABLE), insert(KUDOS_TAGS_TABLE)


async def give_kudos(
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

    Whoever was merged since they were read is thanked as the one who was kept.

    `tags` may be spelled in any way; `place_id` is where a public gift is celebrated, beside the subscribed places;
    `cause` names what brought it about, and `link` leads to the message that it is for.
    Raises NotAllowed "inactive" and "giver_not_eligible", and Refused: "words_missing", "words_unstorable",
    "words_too_long" (length, limit), "receiver_missing", "kudos_too_many_receivers" (count), "self_kudos",
    "receiver_inactive" (name), "kudos_not_eligible" (name), "tag_unreadable" (tag, count), "too_many_tags" (count),
    "kudos_per_day" (count, left), "kudos_per_pair" (name, count).
    """
    giver, receivers = await hold_people(session, giver, receivers)
    require_permission(giver, "kudos")
    check_message(words)
    people = check_receivers(giver, receivers, settings)
    names = parse_tags(tags)
    row = {"giver_id": giver.id, "words": words, "public": public, "day": get_giver_day(giver, settings, now)}
    gift = Kudos(**row, given_at=now, undone_at=None, cause=cause, link=link or None)
    await run_steps(session, _steps(gift, people, names, settings, _hearers(gift, people, place_id, origin)))
    make_transient_to_detached(gift)  # it enters the session as if it had been read: a flush would cost twice as much
    session.add(gift)
    return gift


def _steps(
    gift: Kudos, people: Sequence[Person], names: Sequence[str], settings: Settings, hearers: Recipients
) -> StatementSteps[None]:
    """All that is read and written. The gift gets to know its number, and what is left of the allowance."""
    gift.left_today = yield from _allowance_after(gift, people, settings)
    gift.id = (yield INSERT_KUDOS, {name: getattr(gift, name) for name in STORED_KUDOS_FIELDS}).scalar_one()
    yield from _parts(gift, people, names, settings.kudos_points)
    yield from build_publish_steps(KUDOS_KIND, gift.id, gift.given_at, hearers)


def get_giver_day(giver: Person, settings: Settings, now: datetime) -> date:
    """The giver's own day: in their zone, else the organisation's."""
    return now.astimezone(ZoneInfo(giver.timezone or settings.timezone)).date()


def _allowance_after(gift: Kudos, people: Sequence[Person], settings: Settings) -> StatementSteps[int | None]:
    """What is left of the day's allowance after this gift; None without one. Refuses what goes beyond a limit.

    The giver's gifts queue at their own row, which is held already, so that what is counted is what there is.
    """
    per_day, per_pair = settings.kudos_per_day, settings.kudos_per_pair_per_day
    if not per_day and not per_pair:
        return None
    thanked = {
        receiver_id: count for receiver_id, count in (yield COUNT_THANKED, {"giver": gift.giver_id, "day": gift.day})
    }
    for person in people:
        if per_pair and thanked.get(person.id, 0) >= per_pair:
            raise Refused("kudos_per_pair", name=person.display_name, count=per_pair)
    left = per_day - sum(thanked.values())
    if per_day and len(people) > left:
        raise Refused("kudos_per_day", count=per_day, left=max(left, 0))
    return left - len(people) if per_day else None


def _parts(gift: Kudos, people: Sequence[Person], names: Sequence[str], each: int) -> StatementSteps[None]:
    """The receivers, the tags, and the points of a gift."""
    yield (
        INSERT_KUDOS_RECEIVERS,
        [
            {"kudos_id": gift.id, "receiver_id": person.id, "position": at, "points": each}
            for at, person in enumerate(people)
        ],
    )
    if names:
        yield INSERT_KUDOS_TAGS, [{"kudos_id": gift.id, "tag": name, "position": at} for at, name in enumerate(names)]
    if each > 0:
        earned = {"amount": each, "source": build_kudos_source(gift.id), "reason": "received", "at": gift.given_at}
        yield ledger.INSERT_MOVEMENT, [{"person_id": person.id, **earned} for person in people]


def _hearers(gift: Kudos, people: Sequence[Person], place_id: int | None, origin: dict[str, Any] | None) -> Recipients:
    """In public where anybody may be named there; to each receiver who wishes it, or who hears of it no other way."""
    named = gift.public and not all(person.no_public_kudos for person in people)
    directly = [p.id for p in people if p.direct_news or p.no_public_kudos or not gift.public]
    return Recipients(place_id if named else None, named, directly, origin)
