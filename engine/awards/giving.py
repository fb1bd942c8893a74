"""Awards: giving a reward by hand. What was given is read in `queries`, and taken back in `reversal`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.permissions import require_permission
from engine.admin.settings import Settings
from engine.awards.checks import check_gift, find_giving_refusal, get_reward_zone
from engine.awards.limits import (
    AwardHistory,
    build_occurrence,
    build_repeat_occurrence,
    find_repeat_refusal,
    get_giver_key,
    load_award_history,
    lock_gates,
)
from engine.awards.models import Award, build_award_source
from engine.db.statements import build_insert
from engine.errors import Refused
from engine.outbox.publishing import publish_announcement
from engine.people.holding import hold_people
from engine.people.models import Person
from engine.periods import get_day_start, get_local_day
from engine.points.ledger import Movement, record_movements, sum_earned_between
from engine.rewards import types
from engine.rewards.models import Reward
from engine.rewards.targeting import is_listed


async def give_reward(
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
    """Give `reward` to all the receivers, or to none. Return the awards in the order of the receivers.

    `cause` names what triggered the gift ("turn:…"): the same cause never gives twice. `place_id` and `origin` say
    where it happened. Raises Refused with the first rule against it (see `checks.check_gift`,
    `limits.find_repeat_refusal`).
    """
    giver, receivers = await hold_people(session, giver, receivers)
    require_permission(giver, "give")
    receivers = list({person.id: person for person in receivers}.values())
    check_gift(giver, receivers, reward, words, settings, now)
    await lock_gates(session, reward.id, [person.id for person in receivers])
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
    """Return the occurrence of each receiver's award by person id.

    Raises Refused if one of them cannot have the reward again yet.
    """
    zone = get_reward_zone(reward, settings)
    occurrence = build_occurrence(reward, now, zone, cause)
    known = await load_award_history(session, reward, [person.id for person in receivers], giver.id, occurrence)
    names = {}
    for person in receivers:
        past = known.get(person.id, AwardHistory())
        no = find_repeat_refusal(reward, person.display_name, past, now, zone)
        if no:
            raise no
        names[person.id] = build_repeat_occurrence(reward, occurrence, past)
    return names


def _row(
    giver: Person, receiver: Person, reward: Reward, words: str, occurrence: str, cause: str, now: datetime
) -> dict[str, Any]:
    return {
        "reward_id": reward.id,
        "receiver_id": receiver.id,
        "giver_id": giver.id,
        "giver_key": get_giver_key(reward, giver.id),
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
    added = await session.scalars(build_insert(session, Award).values(rows).on_conflict_do_nothing().returning(Award))
    by_receiver: dict[int, Award] = {award.receiver_id: award for award in added}
    for person in receivers:
        if person.id not in by_receiver:
            raise Refused("occurrence_taken", name=person.display_name, reward=reward.name)
    return [by_receiver[person.id] for person in receivers]


async def _pay(
    session: AsyncSession, giver: Person, awards: Sequence[Award], settings: Settings, now: datetime
) -> None:
    """Pay the reward's points to each receiver, and the settings' points to the giver up to the giver's daily cap."""
    left = await _left_today(session, giver, settings, now)
    moved = []
    for award in awards:
        thanks = settings.giver_points if left is None else min(settings.giver_points, left)
        left = None if left is None else left - thanks
        for person_id, amount, reason in ((award.receiver_id, award.points, "received"), (giver.id, thanks, "given")):
            moved.append(
                Movement(person_id=person_id, amount=amount, source=build_award_source(award.id), reason=reason, at=now)
            )
    await record_movements(session, moved)


async def _left_today(session: AsyncSession, giver: Person, settings: Settings, now: datetime) -> int | None:
    """Return the points that giving may still earn the giver today, or None if there is no cap.

    The giver's row is held.
    """
    cap = settings.giver_points_per_day
    if not cap or not settings.giver_points:
        return None
    zone = ZoneInfo(giver.timezone or settings.timezone)
    today = get_local_day(now, zone)
    start, end = get_day_start(today, zone), get_day_start(today + timedelta(days=1), zone)
    return max(cap - await sum_earned_between(session, giver.id, "given", start, end), 0)


async def _publish(
    session: AsyncSession,
    receivers: Sequence[Person],
    awards: Sequence[Award],
    now: datetime,
    place_id: int | None,
    origin: Mapping[str, Any] | None,
) -> None:
    """Announce the gift once, under its first award.

    Receivers who wish for no public thanks are notified directly.
    """
    public = not all(person.no_public_kudos for person in receivers)
    await publish_announcement(
        session,
        "award",
        min(award.id for award in awards),
        now,
        place_id=place_id if public else None,
        everywhere=public,
        people=[person.id for person in receivers if person.direct_news or person.no_public_kudos],
        origin=dict(origin) if origin and public else None,
    )


async def list_givable_rewards(
    session: AsyncSession, giver: Person, *, settings: Settings, now: datetime
) -> list[Reward]:
    """Return the rewards that this giver may give now, by name. Receivers are checked when a reward is given."""
    by_hand = select(Reward).where(Reward.is_enabled, Reward.reward_type.in_(types.HAND_GIVEN_TYPES))
    return [
        reward
        for reward in await session.scalars(by_hand.order_by(Reward.folded_name, Reward.id))
        if is_listed(giver, reward.assigner)
        and find_giving_refusal(reward, now, get_reward_zone(reward, settings)) is None
    ]
