"""When a reward can be given."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.i18n.copy import Copy
from engine.errors import BadInput, Refused
from engine.periods import MonthDay, Weekdays
from engine.rewards.availability import find_availability_refusal, parse_month_days
from tests.tables import each_row

MONDAY, TUESDAY, SATURDAY = "2026-03-02", "2026-03-03", "2026-03-07"
CHRISTMAS = {"start_date": "12-01", "end_date": "12-31"}
WINTER = {"start_date": "11-15", "end_date": "02-29"}
MORNING = {"start_time": "06:00:00", "end_time": "09:00"}
NIGHT = {"start_time": "22:00", "end_time": "02:00"}
MONDAY_NIGHT = {"dow": [0], **NIGHT}

TABLE = [
    ({}, MONDAY, "09:00", None),
    (CHRISTMAS, "2026-11-30", "23:59", "only_dates"),
    (CHRISTMAS, "2026-12-01", "00:00", None),
    (CHRISTMAS, "2026-12-31", "23:59", None),
    (CHRISTMAS, "2027-01-01", "00:00", "only_dates"),
    ({"start_date": "15-01", "end_date": "31-03"}, "2026-01-14", "12:00", "only_dates"),  # DD-MM: the only order
    ({"start_date": "15-01", "end_date": "31-03"}, "2026-03-31", "12:00", None),
    ({"start_date": "01-02", "end_date": "03-04"}, "2026-03-20", "12:00", "only_dates"),  # both orders: MM-DD
    ({"start_date": "01-02", "end_date": "03-04"}, "2026-01-02", "12:00", None),
    ({"start_date": "01/02", "end_date": "15/02"}, "2026-02-10", "12:00", None),
    (WINTER, "2026-11-14", "12:00", "only_dates"),  # wraps over New Year
    (WINTER, "2026-11-15", "12:00", None),
    (WINTER, "2026-12-31", "12:00", None),
    (WINTER, "2027-01-01", "12:00", None),
    (WINTER, "2027-02-28", "12:00", None),
    (WINTER, "2027-03-01", "12:00", "only_dates"),
    (WINTER, "2028-02-29", "12:00", None),
    ({"start_date": "02-29"}, "2027-02-28", "12:00", "only_from_date"),
    ({"start_date": "02-29"}, "2027-03-01", "12:00", None),
    ({"start_date": "02-29"}, "2028-02-29", "12:00", None),
    ({"start_date": "12-24"}, "2026-12-23", "12:00", "only_from_date"),
    ({"start_date": "12-24"}, "2026-12-24", "12:00", None),
    ({"end_date": "06-30"}, "2026-06-30", "23:59", None),
    ({"end_date": "06-30"}, "2026-07-01", "00:00", "only_until_date"),
    ({"dow": [0, 1]}, MONDAY, "12:00", None),
    ({"dow": [0, 1]}, TUESDAY, "12:00", None),
    ({"dow": [0, 1]}, SATURDAY, "12:00", "only_days"),
    ({"dow": 5}, SATURDAY, "12:00", None),
    ({"dow": ["5"]}, SATURDAY, "12:00", None),
    ({"dow": []}, SATURDAY, "12:00", None),
    (MORNING, MONDAY, "05:59:59", "only_times"),
    (MORNING, MONDAY, "06:00", None),
    (MORNING, MONDAY, "09:00:00.9", None),
    (MORNING, MONDAY, "09:00:01", "only_times"),
    ({"dow": [1, 2, 3, 4, 5], **MORNING}, MONDAY, "07:00", "only_days"),
    ({"dow": [1, 2, 3, 4, 5], **MORNING}, TUESDAY, "07:00", None),
    ({"start_time": "22:00"}, MONDAY, "21:59", "only_from_time"),
    ({"start_time": "22:00"}, MONDAY, "22:00", None),
    ({"end_time": "12:00"}, MONDAY, "12:00", None),
    ({"end_time": "12:00"}, MONDAY, "12:01", "only_until_time"),
    (NIGHT, MONDAY, "21:59", "only_times"),
    (NIGHT, MONDAY, "22:00", None),
    (NIGHT, MONDAY, "02:00", None),
    (NIGHT, MONDAY, "02:01", "only_times"),
    (MONDAY_NIGHT, MONDAY, "23:00", None),
    (MONDAY_NIGHT, TUESDAY, "01:00", None),  # still Monday's night
    (MONDAY_NIGHT, MONDAY, "01:00", "only_times"),  # Sunday's night
    (MONDAY_NIGHT, TUESDAY, "23:00", "only_days"),
    ({"start_date": "12-31", "end_date": "12-31", **NIGHT}, "2027-01-01", "01:00", None),
    ({"start_date": "12-31", "end_date": "12-31", **NIGHT}, "2026-12-31", "01:00", "only_times"),
    ({"start_date": "13-32"}, MONDAY, "12:00", "availability_unclear"),
    ({"start_date": "15-01", "end_date": "01-15"}, MONDAY, "12:00", "availability_unclear"),  # no order fits both
    ({"end_date": "30-02"}, MONDAY, "12:00", "availability_unclear"),
    ({"start_date": "2026-12-01"}, MONDAY, "12:00", "availability_unclear"),
    ({"dow": [7]}, MONDAY, "12:00", "availability_unclear"),
    ({"dow": ["monday"]}, MONDAY, "12:00", "availability_unclear"),
    ({"start_time": "25:00"}, MONDAY, "12:00", "availability_unclear"),
]


def at(day: str, clock: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone)


@each_row(("rule", "day", "clock", "reason"), TABLE)
def test_whether_it_can_be_given_then(rule: dict[str, object], day: str, clock: str, reason: str | None) -> None:
    for name in ("UTC", "America/New_York", "Pacific/Kiritimati"):
        zone = ZoneInfo(name)
        no = find_availability_refusal(rule, at(day, clock, zone).astimezone(UTC), zone)
        assert (no and no.reason) == reason


def test_the_rule_is_read_in_its_own_zone() -> None:
    morning_in_utc = datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert find_availability_refusal(MORNING, morning_in_utc, ZoneInfo("UTC")) is None
    assert find_availability_refusal(MORNING, morning_in_utc, ZoneInfo("America/New_York")) is not None


def refusal(rule: dict[str, object]) -> Refused:
    no = find_availability_refusal(rule, datetime(2026, 3, 8, 3, tzinfo=UTC), ZoneInfo("UTC"))  # a Sunday night
    assert no is not None
    return no


def test_a_refusal_carries_what_its_sentence_needs() -> None:
    assert refusal(CHRISTMAS).details == {"start": MonthDay(12, 1), "end": MonthDay(12, 31)}
    assert refusal({"dow": [1, 0]}).details == {"days": Weekdays((0, 1))}
    assert refusal(MORNING).details == {"start": time(6), "end": time(9), "zone": "UTC"}


SAID = [
    ("en", CHRISTMAS, "This badge can be given only from Dec 1 to Dec 31."),
    ("es", CHRISTMAS, "Esta insignia solo se puede dar del 1 dic al 31 dic."),
    ("en", {"dow": [0, 1]}, "This badge can be given only on Monday and Tuesday."),
    ("es", {"dow": [0, 1]}, "Esta insignia solo se puede dar en estos días: lunes y martes."),
    ("en", MORNING, "This badge can be given only between 06:00 and 09:00 (UTC)."),
    ("es", {"start_time": "06:00:30"}, "Esta insignia solo se puede dar desde las 06:00:30 hasta medianoche (UTC)."),
]


@each_row(("language", "rule", "sentence"), SAID)
def test_a_refusal_is_said_in_the_readers_language(language: str, rule: dict[str, object], sentence: str) -> None:
    no = refusal(rule)
    assert Copy(language).line(f"refusals.{no.reason}", **no.details) == sentence


@each_row(("start", "end"), [("13-13", None), ("15-01", "01-15"), (None, "30-02"), ("12", "01-01")])
def test_days_that_exist_in_no_order_are_named(start: object, end: object) -> None:
    with pytest.raises(BadInput, match="MM-DD"):
        parse_month_days(start, end)


@each_row(
    ("at", "reason"),
    [
        (datetime(2026, 3, 6, 12, 0, tzinfo=UTC), "only_times"),  # Friday noon: the day is right
        (datetime(2026, 3, 6, 3, 0, tzinfo=UTC), "only_times"),  # the night of Thursday
        (datetime(2026, 3, 7, 3, 0, tzinfo=UTC), None),  # the night of Friday
        (datetime(2026, 3, 7, 12, 0, tzinfo=UTC), "only_days"),
    ],
)
def test_an_overnight_rule_names_what_really_stands_against_it(at: datetime, reason: str | None) -> None:
    no = find_availability_refusal({"dow": [4], "start_time": "22:00", "end_time": "06:00"}, at, UTC)
    assert (no.reason if no else None) == reason
