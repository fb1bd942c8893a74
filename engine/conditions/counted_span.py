"""The time in which activity is counted: a calendar period, the last days, or all time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, true

from engine.conditions.condition import RuleScope
from engine.periods import Window, get_bucket, get_bucket_start, get_window_start
from engine.rules.parameters import CountedActivity

BUCKET_BY_UNIT = {"week": "weekly", "month": "monthly", "quarter": "quarterly", "year": "yearly"}


@dataclass(frozen=True, slots=True)
class CountedSpan:
    """From `start` (None: from the beginning) until before `end`, UTC. `occurrence` names a calendar period."""

    start: datetime | None
    end: datetime
    occurrence: str | None = None

    def covers(self, at: SQLColumnExpression[datetime]) -> ColumnElement[bool]:
        """Build the condition that the instant lies in the span."""
        return and_(true() if self.start is None else at >= self.start, at < self.end)


def get_counted_span(counted: CountedActivity, scope: RuleScope) -> CountedSpan:
    """Return what "this_month", "last_week" or 30 days mean at the planned time, in the reward's zone.

    A period that goes on ends with the planned time, which it includes.
    """
    which, _, unit = counted.period.partition("_")
    until_now = scope.now + timedelta(microseconds=1)
    if unit not in BUCKET_BY_UNIT:
        window = Window("days", counted.days)
        return CountedSpan(get_window_start(window, scope.now, scope.zone) if counted.days else None, until_now)
    bucket = BUCKET_BY_UNIT[unit]
    start, end = get_bucket_start(bucket, scope.now, scope.zone), until_now
    if which == "last":
        start, end = get_bucket_start(bucket, start - timedelta(microseconds=1), scope.zone), start
    return CountedSpan(start, end, get_bucket(bucket, start, scope.zone))
