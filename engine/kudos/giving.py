"""Giving kudos: a light thank-you with its receivers, words and tags."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.permissions import require_permission
from engine.admin.settings import Settings
from engine.db.compiled import CompiledStatement
from engine.db.statements import get_table
from engine.errors import Refused
from engine.kudos.checks import check_receivers
from engine.kudos.models import KUDOS_KIND, Kudos, KudosReceiver, KudosTag, build_kudos_source
from engine.kudos.tags import parse_tags
from engine.messages import check_message
from engine.outbox.publishing import publish_announcement
from engine.people.holding import hold_people
from engine.people.models import Person
from engine.points.ledger import Movement, record_movements

KUDOS_TABLE, KUDOS_RECEIVERS_TABLE, KUDOS_TAGS_TABLE = map(get_table, (Kudos, KudosReceiver, KudosTag))

COUNT_THANKED = CompiledStatement(
    select(KUDOS_RECEIVERS_TABLE.c.receiver_id, func.count())
    .join(KUDOS_TABLE, KUDOS_TABLE.c.kudos_id == KUDOS_RECEIVERS_TABLE.c.kudos_id)
    .where(
        KUDOS_TABLE.c.giver_id == bindparam("giver"),
        KUDOS_TABLE.c.day == bindparam("day"),
        KUDOS_TABLE.c.undone_at.is_(None),
    )
    .group_by(KUDOS_RECEIVERS_TABLE.c.receiver_id)
)

INSERT_KUDOS = CompiledStatement(
    insert(KUDOS_TABLE).returning(KUDOS_TABLE.c.kudos_id),
    ("giver_id", "words", "public", "day", "given_at", "cause", "link"),
)

INSERT_KUDOS_RECEIVERS = CompiledStatement(
    insert(KUDOS_RECEIVERS_TABLE), ("kudos_id", "receiver_id", "position", "points")
)

INSERT_KUDOS_TAGS = CompiledStatement(insert(KUDOS_TAGS_TABLE), ("kudos_id", "tag", "position"))


@dataclass(frozen=True, slots=True)
class KudosResult:
    """A gift that was just given. `left_today` is what is left of the giver's allowance; None without one."""

    id: int
    words: str
    public: bool
    day: date
    given_at: datetime
    link: str | None
    left_today: int | None
    undone_at: None = None


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
) -> KudosResult:
    """Thank all the receivers, or none. At most six round trips, and two for the announcement.

    A person merged since they were read is replaced by the one who was kept.

    `tags` may have any form; `place_id` is where public kudos are celebrated, beside the subscribed places; `cause`
    names what led to the kudos, and `link` leads to the message that they are for.

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
    day = get_giver_day(giver, settings, now)
    left = await _count_left_today(session, giver, day, people, settings)
    row = {"giver_id": giver.id, "words": words, "public": public, "day": day, "given_at": now, "cause": cause}
    [(kudos_id,)] = await INSERT_KUDOS.fetch(session, row | {"link": link or None})
    await _insert_parts(session, kudos_id, people, names, settings.kudos_points, now)
    await _publish(session, kudos_id, people, public, now, place_id, origin)
    return KudosResult(kudos_id, words, public, day, now, link or None, left)


def get_giver_day(giver: Person, settings: Settings, now: datetime) -> date:
    """Return the giver's current day, in their time zone, else in the organisation's."""
    return now.astimezone(ZoneInfo(giver.timezone or settings.timezone)).date()


async def _count_left_today(
    session: AsyncSession, giver: Person, day: date, people: Sequence[Person], settings: Settings
) -> int | None:
    """Count what is left of the day's allowance after this gift; None without one. Refuse what exceeds a limit."""
    per_day, per_pair = settings.kudos_per_day, settings.kudos_per_pair_per_day
    if not per_day and not per_pair:
        return None
    # The giver's row is held already: gifts of one giver queue there, so that the count is exact.
    thanked: dict[int, int] = dict(await COUNT_THANKED.fetch(session, {"giver": giver.id, "day": day}))
    for person in people:
        if per_pair and thanked.get(person.id, 0) >= per_pair:
            raise Refused("kudos_per_pair", name=person.display_name, count=per_pair)
    left = per_day - sum(thanked.values())
    if per_day and len(people) > left:
        raise Refused("kudos_per_day", count=per_day, left=max(left, 0))
    return left - len(people) if per_day else None


async def _insert_parts(
    session: AsyncSession, kudos_id: int, people: Sequence[Person], names: Sequence[str], each: int, now: datetime
) -> None:
    """Store the receivers, the tags, and the points of a gift."""
    receivers = [
        {"kudos_id": kudos_id, "receiver_id": person.id, "position": at, "points": each}
        for at, person in enumerate(people)
    ]
    await INSERT_KUDOS_RECEIVERS.execute_many(session, receivers)
    tags = [{"kudos_id": kudos_id, "tag": name, "position": at} for at, name in enumerate(names)]
    await INSERT_KUDOS_TAGS.execute_many(session, tags)
    source = build_kudos_source(kudos_id)
    await record_movements(
        session,
        [Movement(person_id=one.id, amount=each, source=source, reason="received", at=now) for one in people],
    )


async def _publish(
    session: AsyncSession,
    kudos_id: int,
    people: Sequence[Person],
    public: bool,
    now: datetime,
    place_id: int | None,
    origin: dict[str, Any] | None,
) -> None:
    """Announce the kudos in public, if any receiver may be named there, and directly to some receivers.

    A direct message goes to each receiver who wishes it or has no other way to know.
    """
    named = public and not all(person.no_public_kudos for person in people)
    await publish_announcement(
        session,
        KUDOS_KIND,
        kudos_id,
        now,
        place_id=place_id if named else None,
        everywhere=named,
        people=[person.id for person in people if person.direct_news or person.no_public_kudos or not public],
        origin=origin,
    )
