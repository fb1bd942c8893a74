"""Time as the rules of the game see it: buckets, sliding windows, days and birthdays. Pure functions.

Every `at` is an aware datetime; every `zone` is the zone that the rule is read in.
"""

import re
from calendar import isleap, monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import count

TWO_WEEK_EPOCH = date(2024, 1, 1)  # a Monday: weeks pair up from here, so that New Year splits no pair


@dataclass(frozen=True, slots=True, order=True)
class MonthDay:
    """A day of any year."""

    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Weekdays:
    """Days of the week, 0 is Monday."""

    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """The last `count` units before an instant."""

    unit: str  # minutes, hours, days, weeks, months or quarters
    count: int


CALENDAR_BUCKETS: Mapping[str, Callable[[datetime], str]] = {
    "hourly": lambda local: f"{local:%Y-%m-%dT%H}",
    "bihourly": lambda local: f"{local:%Y-%m-%d}T{local.hour // 2 * 2:02d}/2h",
    "daily": lambda local: local.date().isoformat(),
    "weekly": lambda local: f"{local:%G-W%V}",  # the ISO week, and the year that it belongs to
    "biweekly": lambda local: f"{local.date() - timedelta(days=(local.date() - TWO_WEEK_EPOCH).days % 14)}/2w",
    "monthly": lambda local: f"{local:%Y-%m}",
    "quarterly": lambda local: f"{local:%Y}-Q{(local.month + 2) // 3}",
    "yearly": lambda local: f"{local:%Y}",
}

UNIT_ALIASES: Mapping[str, tuple[str, ...]] = {
    "minutes": ("minute", "min", "mins"),
    "hours": ("hour", "hr", "hrs"),
    "days": ("day",),
    "weeks": ("week", "wk", "wks"),
    "months": ("month", "mon", "mth"),
    "quarters": ("quarter", "qtr", "qtrs"),
}

UNIT_BY_ALIAS = {alias: unit for unit, aliases in UNIT_ALIASES.items() for alias in (unit, *aliases)}
ROUGH_DAYS = {"minutes": 1 / 1440, "hours": 1 / 24, "days": 1, "weeks": 7, "months": 31, "quarters": 92}
MAX_WINDOW_DAYS = 36_525  # days; a longer window is a slip of the pen


def normalize_timeframe(timeframe: str | None) -> str:
    """Return the timeframe in the form for look-ups: trimmed, in lower case."""
    return (timeframe or "").strip().lower()


def is_calendar_timeframe(timeframe: str | None) -> bool:
    """Check whether `timeframe` names a bucket of the calendar ("daily"), in any case."""
    return normalize_timeframe(timeframe) in CALENDAR_BUCKETS


def get_bucket(timeframe: str, at: datetime, zone: tzinfo) -> str:
    """Return the name of the calendar bucket that holds `at`: "2026-03-02", "2026-W10", "2026-Q1"…

    The two hours of a folded hour are one bucket. Raises KeyError if `timeframe` is not in CALENDAR_BUCKETS.
    """
    return CALENDAR_BUCKETS[normalize_timeframe(timeframe)](at.astimezone(zone))


def get_bucket_end(timeframe: str, at: datetime, zone: tzinfo) -> datetime:
    """Return the instant (UTC) at which the calendar bucket that holds `at` ends.

    Raises KeyError as `get_bucket`.
    """
    current = get_bucket(timeframe, at, zone)
    return next(start for start in _starts(timeframe, at, zone) if get_bucket(timeframe, start, zone) != current)


def get_bucket_start(timeframe: str, at: datetime, zone: tzinfo) -> datetime:
    """Return the instant (UTC) at which the calendar bucket that holds `at` begins. Raises KeyError as `get_bucket`."""
    current, start = get_bucket(timeframe, at, zone), at.astimezone(UTC)
    for earlier in _earlier_starts(timeframe, at, zone):
        if get_bucket(timeframe, earlier, zone) != current:
            return start
        start = earlier
    return start


def _earlier_starts(timeframe: str, at: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Yield the instants up to `at` at which a bucket may begin, latest first, until before the longest bucket."""
    if normalize_timeframe(timeframe) in ("hourly", "bihourly"):
        here = at.astimezone(zone)
        begun = timedelta(minutes=here.minute % 30, seconds=here.second, microseconds=here.microsecond)
        yield from (at.astimezone(UTC) - begun - timedelta(minutes=30 * step) for step in range(10))
    else:
        day = get_local_day(at, zone)
        yield from (get_day_start(day - timedelta(days=step), zone) for step in range(368))


def _starts(timeframe: str, at: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Yield every instant after `at` at which a bucket may begin: half hours or days.

    Hours need half steps because some clocks are changed by half an hour.
    """
    if normalize_timeframe(timeframe) in ("hourly", "bihourly"):
        here = at.astimezone(zone)
        start = at.astimezone(UTC) - timedelta(
            minutes=here.minute % 30, seconds=here.second, microseconds=at.microsecond
        )
        yield from (start + timedelta(minutes=30 * step) for step in count(1))
    yield from (get_day_start(get_local_day(at, zone) + timedelta(days=step), zone) for step in count(1))


def parse_window(timeframe: str | None) -> Window | None:
    """Return the window that "days", "hours:2" or "qtr:1" means.

    Return None for any other text, a zero amount, or a window that is too long.
    """
    found = re.fullmatch(r"([a-z]+)(?:\s*:\s*(\d{1,9}))?", normalize_timeframe(timeframe))
    unit = UNIT_BY_ALIAS.get(found[1]) if found else None
    if found is None or unit is None:
        return None
    count = int(found[2] or 1)
    return Window(unit, count) if 0 < count * ROUGH_DAYS[unit] <= MAX_WINDOW_DAYS else None


def get_window_start(window: Window, at: datetime, zone: tzinfo) -> datetime:
    """Return the instant (UTC) at which the window that ends `at` begins.

    Minutes and hours are real time. Longer units keep the time on the clock of `zone`; months and quarters are calendar
    months, clamped at month ends (31 March less one month is 28 February).
    """
    return _moved(window, at, zone, -1)


def get_window_exit(window: Window, at: datetime, zone: tzinfo) -> datetime:
    """Return the instant (UTC) from which the window no longer reaches back to `at`."""
    candidate = _moved(window, at, zone, 1)
    if get_window_start(window, candidate, zone) >= at:
        return candidate
    after = candidate.astimezone(zone).date() + timedelta(days=1)  # clamped: 31 January is past on 1 March
    return get_day_start(after, zone)


def get_local_day(at: datetime, zone: tzinfo) -> date:
    """Return the day in `zone` at the instant `at`."""
    return at.astimezone(zone).date()


def get_day_start(day: date, zone: tzinfo) -> datetime:
    """Return the instant (UTC) at which `day` begins in `zone`."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def get_birthday_in_year(month: int, day: int, year: int, leap_day: str) -> date:
    """Return the day in `year` on which a birthday (or anniversary) of `month`, `day` is celebrated.

    `leap_day` ("02-28" or "03-01") replaces 29 February in common years.
    """
    if (month, day) == (2, 29) and not isleap(year):
        return date.fromisoformat(f"{year:04d}-{leap_day}")
    return date(year, month, day)


def list_celebrated_birthdays(on: date, leap_day: str) -> tuple[MonthDay, ...]:
    """List the days of birth that are celebrated on the day `on`.

    These are the day itself, and 29 February if `on` replaces it.
    """
    own = MonthDay(on.month, on.day)
    if not isleap(on.year) and on.isoformat()[5:] == leap_day:
        return own, MonthDay(2, 29)
    return (own,)


def _moved(window: Window, at: datetime, zone: tzinfo, sign: int) -> datetime:
    amount = sign * window.count
    if window.unit in ("minutes", "hours"):
        return at.astimezone(UTC) + timedelta(**{window.unit: amount})
    local = at.astimezone(zone).replace(tzinfo=None)
    if window.unit in ("days", "weeks"):
        moved = local + timedelta(**{window.unit: amount})
    else:
        months = amount * (3 if window.unit == "quarters" else 1)
        year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
        moved = local.replace(year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1]))
    fold = 1 if sign < 0 else 0  # a time that the clock shows twice, or never, never makes a window longer
    return moved.replace(tzinfo=zone, fold=fold).astimezone(UTC)
