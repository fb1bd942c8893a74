"""Awards: giving a reward by hand. What was given is read in `awarded`, and taken back in `taking_back`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine import periods
from engine.admin import permissions
from engine.admin.settings import Settings
from engine.awards import checks as awards_checks
from engine.awards import limits as awards_limits
from engine.awards.models import Award, source
from engine.db.statements import insert
from engine.errors import Refused
from engine.outbox import publishing
from engine.people.models import Person
from engine.points import ledger
from engine.rewards import targeting as rewards_targeting
from engine.rewards import types
from engine.rewards.models import Reward


async def give(
    session: AsyncSession,
    *,
    giver: Person,
    receivers: Sequence[Person],
    reward: Reward,
    words: str,
    settings: Settings,
    now: datetime,
    cause: str,
    place_id: int | None,
    origin: Mapping[str, Any] | None,
) -> list[Award]:
    """Give `reward` to all the receivers, or to none; their awards come back in the order of the receivers.

    `cause` names what brought it about ("turn:…"): the same cause never gives twice. `place_id` and `origin` say where
    it happened. Raises Refused with the first rule that stands against it (see `checks.refuse`, `limits.refusal`).
    """
    permissions.require(giver, "give")
    receivers = list({person.id: person for person in receivers}.values())
    awards_checks.refuse(giver, receivers, reward, words, settings, now)
    await awards_limits.lock(session, reward.id, [person.id for person in receivers])
    occurrences = await _occurrences(session, giver, receivers, reward, settings, now, cause)
    rows = [_row(giver, person, reward, words, occurrences[person.id], cause, now) for person in receivers]
    awards = await _insert(session, rows, receivers, reward)
    await _pay(session, giver, awards, settings, now)
    await _publish(session, receivers, awards, now, place_id, origin)
    return awards


async def _occurrences(
    session: AsyncSession,
    giver: Person,
    receivers: Sequence[Person],
    reward: Reward,
    settings: Settings,
    now: datetime,
    cause: str,
) -> dict[int, str]:
    """The occurrence of each receiver's award. Raises Refused where one of them cannot have it again yet."""
    zone = awards_checks.zone_of(reward, settings)
    occurrence = awards_limits.occurrence(reward, now, zone, cause)
    known = await awards_limits.past(session, reward, [person.id for person in receivers], giver.id, occurrence)
    names = {}
    for person in receivers:
        past = known.get(person.id, awards_limits.Past())
        no = awards_limits.refusal(reward, person.display_name, past, now, zone)
        if no:
            raise no
        names[person.id] = awards_limits.again(reward, occurrence, past)
    return names


def _row(
    giver: Person, receiver: Person, reward: Reward, words: str, occurrence: str, cause: str, now: datetime
) -> dict[str, Any]:
    return {
        "reward_id": reward.id,
        "receiver_id": receiver.id,
        "giver_id": giver.id,
        "giver_key": awards_limits.giver_key(reward, giver.id),
        "occurrence": occurrence,
        "reward": reward.name,
        "points": reward.points,
        "words": words,
        "args": {},
        "template_revision": reward.template_revision,
        "cause": cause,
        "awarded_at": now,
        "freed": False,
    }


async def _insert(
    session: AsyncSession, rows: list[dict[str, Any]], receivers: Sequence[Person], reward: Reward
) -> list[Award]:
    added = await session.scalars(insert(session, Award).values(rows).on_conflict_do_nothing().returning(Award))
    by_receiver: dict[int, Award] = {award.receiver_id: award for award in added}
    for person in receivers:
        if person.id not in by_receiver:
            raise Refused("occurrence_taken", name=person.display_name, reward=reward.name)
    return [by_receiver[person.id] for person in receivers]


async def _pay(
    session: AsyncSession, giver: Person, awards: Sequence[Award], settings: Settings, now: datetime
) -> None:
    """The reward's points to each receiver, the settings' points to the giver up to the cap of the giver's day."""
    left = await _left_today(session, giver, settings, now)
    moved = []
    for award in awards:
        thanks = settings.giver_points if left is None else min(settings.giver_points, left)
        left = None if left is None else left - thanks
        for person_id, amount, reason in ((award.receiver_id, award.points, "received"), (giver.id, thanks, "given")):
            moved.append(
                ledger.Movement(person_id=person_id, amount=amount, source=source(award.id), reason=reason, at=now)
            )
    await ledger.earn_many(session, moved)


async def _left_today(session: AsyncSession, giver: Person, settings: Settings, now: datetime) -> int | None:
    """What giving may still bring the giver today; None where there is no cap. Holds the giver's row from here on."""
    cap = settings.giver_points_per_day
    if not cap or not settings.giver_points:
        return None
    await session.execute(select(Person.id).where(Person.id == giver.id).with_for_update(key_share=True))
    zone = ZoneInfo(giver.timezone or settings.timezone)
    today = periods.day_of(now, zone)
    start, end = periods.day_start(today, zone), periods.day_start(today + timedelta(days=1), zone)
    return max(cap - await ledger.earned_between(session, giver.id, "given", start, end), 0)


async def _publish(
    session: AsyncSession,
    receivers: Sequence[Person],
    awards: Sequence[Award],
    now: datetime,
    place_id: int | None,
    origin: Mapping[str, Any] | None,
) -> None:
    """The gift is told once, under its first award. Who wishes for no public thanks is told directly."""
    public = not all(person.no_public_kudos for person in receivers)
    await publishing.publish(
        session,
        "award",
        min(award.id for award in awards),
        now,
        place_id=place_id if public else None,
        everywhere=public,
        people=[person.id for person in receivers if person.direct_news or person.no_public_kudos],
        origin=dict(origin) if origin and public else None,
    )


async def givable(session: AsyncSession, giver: Person, *, settings: Settings, now: datetime) -> list[Reward]:
    """What this giver may give now, by name. Who may get it is asked when it is given."""
    by_hand = select(Reward).where(Reward.is_enabled, Reward.reward_type.in_(types.BY_HAND))
    return [
        reward
        for reward in await session.scalars(by_hand.order_by(Reward.folded_name, Reward.id))
        if rewards_targeting.listed(giver, reward.assigner)
        and awards_checks.closed(reward, now, awards_checks.zone_of(reward, settings)) is None
    ]
