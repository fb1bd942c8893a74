"""How often a reward can be given: the occurrence of an award, and the limits on another one to the same person.

Limits are per giver if the reward is `multiple` and a person gives it; otherwise every award of the reward to that
person counts. They are computed from the awards themselves, never from a stored occurrence: a reward whose `multiple`
or `timeframe` was changed still sees all earlier awards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from hashlib import sha256

from sqlalchemy import and_, func, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from engine.awards.models import Award, Gate
from engine.db.statements import build_insert
from engine.errors import Refused
from engine.periods import (
    get_bucket,
    get_bucket_end,
    get_local_day,
    get_window_exit,
    get_window_start,
    is_calendar_timeframe,
    normalize_timeframe,
    parse_window,
)
from engine.rewards.models import Reward

MAX_OCCURRENCE_CAUSE_LENGTH = 100  # characters kept of a cause as an occurrence; a longer one is hashed


@dataclass(frozen=True, slots=True)
class AwardHistory:
    """What one person already has of a reward.

    `last_at` is when they got the newest award that counts, `revoked` how many revoked ones still hold the occurrence.
    """

    last_at: datetime | None = None
    revoked: int = 0


def get_giver_key(reward: Reward, giver_id: int | None) -> int:
    """Return the giver's id if limits are per giver, else 0: all givers share the occurrence then."""
    return giver_id if reward.multiple and giver_id is not None else 0


def build_occurrence(reward: Reward, at: datetime, zone: tzinfo, cause: str) -> str:
    """Build the occurrence of an undated award: the bucket of `timeframe` in `zone`, else "once", else its cause.

    A cause that is too long is hashed.
    """
    if is_calendar_timeframe(reward.timeframe):
        return get_bucket(reward.timeframe or "", at, zone)
    if not _is_by_cause(reward):
        return "once"
    return cause if len(cause) <= MAX_OCCURRENCE_CAUSE_LENGTH else sha256(cause.encode()).hexdigest()


def _is_by_cause(reward: Reward) -> bool:
    return reward.multiple and not is_calendar_timeframe(reward.timeframe)


def build_repeat_occurrence(reward: Reward, occurrence: str, past: AwardHistory) -> str:
    """Build the occurrence under which a human gives again what an administrator has revoked.

    A revoked award keeps its occurrence, which so stays closed to rules, events and schedules: they all write the plain
    name and find it taken. A person's new gift takes the next free number: "once", then "once#2", "once#3". If the
    occurrence is the cause it stays unnumbered: a new gift has a cause of its own, and the same cause never gives
    twice.
    """
    return occurrence if _is_by_cause(reward) or not past.revoked else f"{occurrence}#{past.revoked + 1}"


async def lock_gates(session: AsyncSession, reward_id: int, receiver_ids: Iterable[int]) -> None:
    """Lock the gates of these people for this reward, in ascending order, until the transaction ends."""
    ids = sorted(set(receiver_ids))
    rows = [{"reward_id": reward_id, "receiver_id": receiver_id} for receiver_id in ids]
    await session.execute(build_insert(session, Gate).values(rows).on_conflict_do_nothing())
    mine = select(Gate.receiver_id).where(Gate.reward_id == reward_id, Gate.receiver_id.in_(ids))
    await session.execute(mine.order_by(Gate.receiver_id).with_for_update(key_share=True))


async def load_award_history(
    session: AsyncSession, reward: Reward, receiver_ids: Iterable[int], giver_id: int | None, occurrence: str
) -> Mapping[int, AwardHistory]:
    """Return what these people already have of the reward, by person id. Call it under the lock.

    People without an award are absent. For a human giver revoked awards do not count, and for a `multiple` reward only
    the giver's own gifts do; without a giver (a rule, a schedule) all count.
    """
    closed = and_(
        Award.revoked_at.is_not(None),
        Award.giver_key == get_giver_key(reward, giver_id),
        or_(Award.occurrence == occurrence, Award.occurrence.startswith(f"{occurrence}#", autoescape=True)),
    )
    own = Award.giver_id == giver_id if reward.multiple else true()
    counts = true() if giver_id is None else and_(Award.revoked_at.is_(None), own)
    rows = await session.execute(
        select(Award.receiver_id, func.max(Award.awarded_at).filter(counts), func.count().filter(closed))
        .where(Award.reward_id == reward.id, Award.receiver_id.in_(list(receiver_ids)), not_(Award.freed))
        .group_by(Award.receiver_id)
    )
    return {row[0]: AwardHistory(row[1], row[2]) for row in rows}


def find_repeat_refusal(reward: Reward, name: str, past: AwardHistory, at: datetime, zone: tzinfo) -> Refused | None:
    """Return why the person called `name` cannot get the reward at `at`, or None. `zone` is the reward's.

    The checks in order: once only, cooldown (0 means none), the bucket or the sliding window of `timeframe`.
    """
    last, about = past.last_at, {"name": name, "reward": reward.name}
    if last is None:
        return None
    if not reward.multiple:
        return Refused("awarded_once", day=get_local_day(last, zone), **about)
    pause = timedelta(minutes=reward.cooldown_minutes)
    if at - last < pause:
        return Refused("cooldown", pause=pause, again=_full_minute(last + pause), **about)
    return _too_soon(reward.timeframe, last, at, zone, about)


def _too_soon(
    timeframe: str | None, last: datetime, at: datetime, zone: tzinfo, about: Mapping[str, str]
) -> Refused | None:
    if timeframe and is_calendar_timeframe(timeframe):
        if get_bucket(timeframe, last, zone) != get_bucket(timeframe, at, zone):
            return None
        return Refused(f"awarded_{normalize_timeframe(timeframe)}", again=get_bucket_end(timeframe, at, zone), **about)
    window = parse_window(timeframe)
    if window is None or last <= get_window_start(window, at, zone):
        return None
    free = get_window_exit(window, last, zone)
    return Refused(f"awarded_{window.unit}", count=window.count, again=_full_minute(free), **about)


def _full_minute(at: datetime) -> datetime:
    """Round up to the next full minute: times are shown without seconds, and the time shown must hold."""
    whole = at.replace(second=0, microsecond=0)
    return whole if whole == at else whole + timedelta(minutes=1)
