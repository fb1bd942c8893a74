"""Which people had a reward already, as SQL. It agrees with `engine.awards.limits`, which decides for gifts by hand."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, false, not_, or_, select, true

from engine.awards.models import Award
from engine.periods import get_bucket_start, get_window_start, is_calendar_timeframe, parse_window
from engine.rewards.models import Reward


def build_had_clause(
    reward: Reward,
    person_id: SQLColumnExpression[int],
    occurrence: ColumnElement[str],
    at: datetime,
    zone: ZoneInfo,
    *,
    yearly: bool,
) -> ColumnElement[bool]:
    """Build the condition that the person cannot get the reward again for this occurrence at `at`.

    An award that was undone does not count, a revoked one does. `yearly` awards have their occurrence as only limit.
    """
    earlier = false() if yearly else _count_earlier(reward, at, zone)
    return (
        select(Award.id)
        .where(Award.reward_id == reward.id, Award.receiver_id == person_id, not_(Award.freed))
        .where(or_(and_(Award.giver_key == 0, Award.occurrence == occurrence), earlier))
        .exists()
    )


def _count_earlier(reward: Reward, at: datetime, zone: ZoneInfo) -> ColumnElement[bool]:
    if not reward.multiple:
        return true()
    starts = [at - timedelta(minutes=reward.cooldown_minutes)] if reward.cooldown_minutes else []
    if is_calendar_timeframe(reward.timeframe):
        bucket = get_bucket_start(reward.timeframe or "", at, zone)
        return or_(Award.awarded_at >= bucket, *(Award.awarded_at > start for start in starts))
    if window := parse_window(reward.timeframe):
        starts.append(get_window_start(window, at, zone))
    return or_(false(), *(Award.awarded_at > start for start in starts))
