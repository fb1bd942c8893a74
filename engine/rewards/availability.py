"""When a reward can be given: days of the year, days of the week, times of the day. Pure functions.

A rule is the catalogue's `availability_rule`: `start_date`, `end_date`, `dow`, `start_time`, `end_time`, each optional.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo

from engine.errors import BadInput, Refused
from engine.periods import MonthDay, Weekdays

AvailabilityRule = Mapping[str, object]


def find_availability_refusal(rule: AvailabilityRule, at: datetime, zone: tzinfo) -> Refused | None:
    """Return why the rule forbids giving at `at` (aware), or None if it allows it.

    Days and times are those of `zone`. Dates may wrap over New Year, times over midnight; both ends are inclusive, and
    either may be missing. The hours after midnight of an overnight time belong to the day on which it began. A rule
    that cannot be read always refuses.
    """
    local = at.astimezone(zone)
    try:
        start, end = _time(rule.get("start_time")), _time(rule.get("end_time"))
        day = local.date()
        if start and end and end < start and local.time().replace(microsecond=0) <= end:
            day -= timedelta(days=1)
        no = _by_date(rule, day) or _by_weekday(rule, day)
        # The day is allowed and its night is not: a refusal that names the day would sound false.
        if no and day != local.date() and not (_by_date(rule, local.date()) or _by_weekday(rule, local.date())):
            return Refused("only_times", start=start, end=end, zone=str(local.tzinfo))
        return no or _by_time(start, end, local)
    except BadInput:
        return Refused("availability_unclear")


def parse_month_days(start: object, end: object) -> tuple[MonthDay | None, MonthDay | None]:
    """Parse both ends of a date range, either of which may be None, in one order that fits both.

    "12-01" is MM-DD if both orders fit, as documented; "15-01" to "31-03" can only be DD-MM. Raises BadInput if neither
    order fits.
    """
    for month_first in (True, False):
        try:
            return _month_day(start, month_first), _month_day(end, month_first)
        except ValueError:
            continue
    raise BadInput(f"start_date {start!r} and end_date {end!r} are not both days of the year, written MM-DD")


def _month_day(words: object, month_first: bool) -> MonthDay | None:
    if words in (None, ""):
        return None
    first, second = (int(part) for part in str(words).replace("/", "-").split("-"))
    month, day = (first, second) if month_first else (second, first)
    date(2024, month, day)  # a leap year, so that 29 February exists
    return MonthDay(month, day)


def _by_date(rule: AvailabilityRule, day: date) -> Refused | None:
    """Return a refusal if `day` is outside the rule's dates, else None.

    In a common year a range that ends on 29 February ends with the month, and one that starts on it starts in March.
    """
    start, end = parse_month_days(rule.get("start_date"), rule.get("end_date"))
    today = MonthDay(day.month, day.day)
    match start, end:
        case MonthDay(), MonthDay():
            inside = start <= today <= end if start <= end else today >= start or today <= end
            return None if inside else Refused("only_dates", start=start, end=end)
        case MonthDay(), None:
            return None if start <= today else Refused("only_from_date", start=start)
        case None, MonthDay():
            return None if today <= end else Refused("only_until_date", end=end)
    return None


def _by_weekday(rule: AvailabilityRule, day: date) -> Refused | None:
    """Return a refusal if `day` is none of the rule's weekdays (0 is Monday), else None. No weekdays allow every day.

    Raises BadInput for anything but days from 0 to 6.
    """
    dow = rule.get("dow")
    listed = [] if dow is None else dow if isinstance(dow, list | tuple) else [dow]
    try:
        days = tuple(sorted({int(str(one)) for one in listed}))
    except (TypeError, ValueError):
        raise BadInput(f"dow {dow!r} is no list of days 0 (Monday) to 6") from None
    if any(not 0 <= one <= 6 for one in days):
        raise BadInput(f"dow {dow!r} is no list of days 0 (Monday) to 6")
    return None if not days or day.weekday() in days else Refused("only_days", days=Weekdays(days))


def _by_time(start: time | None, end: time | None, local: datetime) -> Refused | None:
    now, zone = local.time().replace(microsecond=0), str(local.tzinfo)
    match start, end:
        case time(), time():
            inside = start <= now <= end if start <= end else now >= start or now <= end
            return None if inside else Refused("only_times", start=start, end=end, zone=zone)
        case time(), None:
            return None if start <= now else Refused("only_from_time", start=start, zone=zone)
        case None, time():
            return None if now <= end else Refused("only_until_time", end=end, zone=zone)
    return None


def _time(words: object) -> time | None:
    if words in (None, ""):
        return None
    try:
        return time.fromisoformat(str(words)).replace(tzinfo=None, microsecond=0)
    except ValueError:
        raise BadInput(f"{words!r} is no time of day, written HH:MM or HH:MM:SS") from None
