"""Time: one table for buckets, one for windows, one for birthdays."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from engine import periods
from engine.periods import (
    MonthDay,
    Window,
    get_birthday_in_year,
    get_bucket,
    get_bucket_end,
    get_day_start,
    get_local_day,
    get_window_exit,
    get_window_start,
    is_calendar_timeframe,
    list_celebrated_birthdays,
    parse_window,
)
from tests.tables import each_row

MADRID = "Europe/Madrid"  # 2026: forward on 29 March at 01:00 UTC, back on 25 October at 01:00 UTC


def utc(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


BUCKETS = [
    ("hourly", "2026-03-02 09:59", "UTC", "2026-03-02T09"),
    ("hourly", "2026-03-02 09:59", "Asia/Kolkata", "2026-03-02T15"),
    ("hourly", "2026-10-25 00:30", MADRID, "2026-10-25T02"),  # the folded hour…
    ("hourly", "2026-10-25 01:30", MADRID, "2026-10-25T02"),  # …is one bucket
    ("hourly", "2026-10-25 02:00", MADRID, "2026-10-25T03"),
    ("hourly", "2026-03-29 00:59", MADRID, "2026-03-29T01"),  # two o'clock does not exist
    ("hourly", "2026-03-29 01:00", MADRID, "2026-03-29T03"),
    ("bihourly", "2026-03-02 09:00", "UTC", "2026-03-02T08/2h"),
    ("bihourly", "2026-03-02 10:00", "UTC", "2026-03-02T10/2h"),
    ("bihourly", "2026-03-29 01:00", MADRID, "2026-03-29T02/2h"),
    ("daily", "2026-03-02 09:00", "UTC", "2026-03-02"),
    ("Daily ", "2026-03-02 09:00", "UTC", "2026-03-02"),
    ("daily", "2026-03-02 09:59", "Pacific/Kiritimati", "2026-03-02"),  # +14
    ("daily", "2026-03-02 10:00", "Pacific/Kiritimati", "2026-03-03"),
    ("daily", "2026-03-02 10:59", "Pacific/Pago_Pago", "2026-03-01"),  # -11
    ("daily", "2026-03-02 11:59", "Etc/GMT+12", "2026-03-01"),  # -12
    ("daily", "2026-03-02 09:59", "Etc/GMT-14", "2026-03-02"),
    ("daily", "2026-03-28 23:00", MADRID, "2026-03-29"),
    ("daily", "2026-03-29 21:59", MADRID, "2026-03-29"),  # a day of 23 hours
    ("daily", "2026-03-29 22:00", MADRID, "2026-03-30"),
    ("daily", "2026-10-24 22:00", MADRID, "2026-10-25"),
    ("daily", "2026-10-25 22:59", MADRID, "2026-10-25"),  # a day of 25 hours
    ("daily", "2026-10-25 23:00", MADRID, "2026-10-26"),
    ("daily", "2028-02-29 12:00", "UTC", "2028-02-29"),
    ("weekly", "2026-03-02 00:00", "UTC", "2026-W10"),
    ("weekly", "2026-03-01 23:59", "UTC", "2026-W09"),
    ("weekly", "2025-12-29 00:00", "UTC", "2026-W01"),  # New Year does not split a week
    ("weekly", "2026-01-04 23:59", "UTC", "2026-W01"),
    ("weekly", "2027-01-03 12:00", "UTC", "2026-W53"),
    ("weekly", "2026-03-02 00:30", "America/New_York", "2026-W09"),
    ("biweekly", "2026-12-21 00:00", "UTC", "2026-12-14/2w"),
    ("biweekly", "2026-12-28 00:00", "UTC", "2026-12-28/2w"),  # weeks 53 and 1
    ("biweekly", "2027-01-10 23:59", "UTC", "2026-12-28/2w"),
    ("biweekly", "2027-01-11 00:00", "UTC", "2027-01-11/2w"),
    ("biweekly", "2023-12-31 23:59", "UTC", "2023-12-18/2w"),  # before the epoch
    ("monthly", "2026-02-28 23:59", "UTC", "2026-02"),
    ("monthly", "2026-02-28 23:59", MADRID, "2026-03"),
    ("monthly", "2028-02-29 22:59", MADRID, "2028-02"),
    ("quarterly", "2026-03-31 23:59", "UTC", "2026-Q1"),
    ("quarterly", "2026-04-01 00:00", "UTC", "2026-Q2"),
    ("quarterly", "2026-12-31 23:59", "UTC", "2026-Q4"),
    ("yearly", "2026-12-31 22:59", MADRID, "2026"),
    ("yearly", "2026-12-31 23:00", MADRID, "2027"),
]


@each_row(("timeframe", "at", "zone", "name"), BUCKETS)
def test_the_bucket_of_an_instant(timeframe: str, at: str, zone: str, name: str) -> None:
    assert get_bucket(timeframe, utc(at), ZoneInfo(zone)) == name


def test_zones_at_the_edges_of_the_earth() -> None:
    at = utc("2026-01-01 12:00")
    ahead, behind = timezone(timedelta(hours=14)), timezone(timedelta(hours=-14))
    assert [get_bucket("yearly", at, zone) for zone in (ahead, behind)] == ["2026", "2025"]
    assert get_local_day(at, ahead) - get_local_day(at, behind) == timedelta(days=2)


def test_no_two_timeframes_share_a_name() -> None:
    names = [get_bucket(timeframe, utc("2026-01-01 00:00"), UTC) for timeframe in periods.CALENDAR_BUCKETS]
    assert len(set(names)) == len(names) == 8


@each_row("timeframe", [None, "", "fortnightly", "days", "hours:2", "once"])
def test_what_is_no_bucket(timeframe: str | None) -> None:
    assert not is_calendar_timeframe(timeframe)


SLIDING = [
    ("minutes", Window("minutes", 1)),
    ("min:30", Window("minutes", 30)),
    ("HOURS:2", Window("hours", 2)),
    ("hr : 2", Window("hours", 2)),
    ("day", Window("days", 1)),
    ("wk:2", Window("weeks", 2)),
    ("months:6", Window("months", 6)),
    ("qtr", Window("quarters", 1)),
    ("quarters:2", Window("quarters", 2)),
    ("hours:0", None),
    ("hours:-1", None),
    ("hours:x", None),
    ("hours:", None),
    ("months:999999", None),
    ("daily", None),
    ("eons", None),
    ("", None),
    (None, None),
]


@each_row(("timeframe", "window"), SLIDING)
def test_the_window_that_words_mean(timeframe: str | None, window: Window | None) -> None:
    assert parse_window(timeframe) == window


# Window, an instant, the zone; where the window that ends there begins; and from when an award of then is past.
WINDOWS = [
    ("minutes:90", "2026-03-02 09:00", "UTC", "2026-03-02 07:30", "2026-03-02 10:30"),
    ("hours:2", "2026-03-29 02:00", MADRID, "2026-03-29 00:00", "2026-03-29 04:00"),  # real hours
    ("days", "2026-03-29 10:00", MADRID, "2026-03-28 11:00", "2026-03-30 10:00"),  # noon to noon: 23 hours
    ("days", "2026-10-25 11:00", MADRID, "2026-10-24 10:00", "2026-10-26 11:00"),  # noon to noon: 25 hours
    ("weeks:2", "2026-03-02 09:00", "UTC", "2026-02-16 09:00", "2026-03-16 09:00"),
    ("months", "2026-03-31 10:00", "UTC", "2026-02-28 10:00", "2026-05-01 00:00"),
    ("months", "2028-03-31 10:00", "UTC", "2028-02-29 10:00", "2028-05-01 00:00"),
    ("months", "2026-01-31 10:00", "UTC", "2025-12-31 10:00", "2026-03-01 00:00"),
    ("months", "2026-02-28 10:00", "UTC", "2026-01-28 10:00", "2026-03-28 10:00"),
    ("months:12", "2028-02-29 10:00", "UTC", "2027-02-28 10:00", "2029-03-01 00:00"),
    ("quarters", "2026-01-15 10:00", "UTC", "2025-10-15 10:00", "2026-04-15 10:00"),
    ("quarters", "2026-05-31 10:00", "UTC", "2026-02-28 10:00", "2026-08-31 10:00"),
    ("months", "2026-02-28 23:30", MADRID, "2026-01-31 23:30", "2026-03-31 22:30"),  # 1 March there
]


@each_row(("timeframe", "at", "zone", "start", "free"), WINDOWS)
def test_the_reach_of_a_window(timeframe: str, at: str, zone: str, start: str, free: str) -> None:
    window = parse_window(timeframe)
    assert window is not None
    assert get_window_start(window, utc(at), ZoneInfo(zone)) == utc(start)
    assert get_window_exit(window, utc(at), ZoneInfo(zone)) == utc(free)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - made aware
    st.sampled_from([*periods.ROUGH_DAYS]),
    st.integers(1, 14),
    st.sampled_from(["UTC", MADRID, "Pacific/Kiritimati", "Australia/Lord_Howe"]),
)
def test_free_again_is_never_too_early(at: datetime, unit: str, count: int, zone: str) -> None:
    window, there = Window(unit, count), ZoneInfo(zone)
    free = get_window_exit(window, at, there)
    assert get_window_start(window, free, there) >= at
    if zone == "UTC":  # where no clock is ever moved it is exact
        assert get_window_start(window, free - timedelta(microseconds=1), there) < at


DAYS = [
    ("2026-03-29", MADRID, "2026-03-28 23:00"),
    ("2026-03-30", MADRID, "2026-03-29 22:00"),
    ("2026-10-26", MADRID, "2026-10-25 23:00"),
    ("2026-03-02", "Pacific/Kiritimati", "2026-03-01 10:00"),
    ("2026-03-02", "Etc/GMT+12", "2026-03-02 12:00"),
    ("2026-04-24", "Africa/Cairo", "2026-04-23 22:00"),  # midnight itself does not exist there
]


@each_row(("day", "zone", "start"), DAYS)
def test_a_day_begins_when_it_does_there(day: str, zone: str, start: str) -> None:
    begins = get_day_start(date.fromisoformat(day), ZoneInfo(zone))
    assert begins == utc(start)
    assert get_local_day(begins, ZoneInfo(zone)) == date.fromisoformat(day)
    assert get_local_day(begins - timedelta(seconds=1), ZoneInfo(zone)) < date.fromisoformat(day)


BIRTHDAYS = [
    (5, 17, 2026, "02-28", "2026-05-17"),
    (2, 29, 2028, "02-28", "2028-02-29"),
    (2, 29, 2026, "02-28", "2026-02-28"),
    (2, 29, 2026, "03-01", "2026-03-01"),
    (2, 29, 2100, "02-28", "2100-02-28"),
    (2, 29, 2000, "03-01", "2000-02-29"),
]


@each_row(("month", "day", "year", "leap_day", "expected"), BIRTHDAYS)
def test_the_day_of_a_birthday(month: int, day: int, year: int, leap_day: str, expected: str) -> None:
    assert get_birthday_in_year(month, day, year, leap_day) == date.fromisoformat(expected)


CELEBRATED = [
    ("2026-02-28", "02-28", (MonthDay(2, 28), MonthDay(2, 29))),
    ("2026-02-28", "03-01", (MonthDay(2, 28),)),
    ("2026-03-01", "03-01", (MonthDay(3, 1), MonthDay(2, 29))),
    ("2028-02-28", "02-28", (MonthDay(2, 28),)),
    ("2028-02-29", "02-28", (MonthDay(2, 29),)),
    ("2028-03-01", "03-01", (MonthDay(3, 1),)),
]


@each_row(("on", "leap_day", "born"), CELEBRATED)
def test_who_is_celebrated_on_a_day(on: str, leap_day: str, born: tuple[MonthDay, ...]) -> None:
    assert list_celebrated_birthdays(date.fromisoformat(on), leap_day) == born


@each_row("leap_day", ["02-28", "03-01"])
@each_row("year", [2026, 2028])
def test_every_birthday_is_celebrated_once_a_year(year: int, leap_day: str) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    celebrated = [born for day in days if day.year == year for born in list_celebrated_birthdays(day, leap_day)]
    assert len(celebrated) == len(set(celebrated)) == 366
    for born in celebrated:
        on = get_birthday_in_year(born.month, born.day, year, leap_day)
        assert born in list_celebrated_birthdays(on, leap_day)


@each_row(
    ("timeframe", "at", "zone", "end"),
    [
        ("hourly", "2026-03-02 09:59:30", "Asia/Kolkata", "2026-03-02 10:30"),
        ("hourly", "2026-10-25 00:30", MADRID, "2026-10-25 02:00"),  # the folded hour is one bucket
        ("bihourly", "2026-03-02 09:00", "UTC", "2026-03-02 10:00"),
        ("daily", "2026-03-29 12:00", MADRID, "2026-03-29 22:00"),
        ("weekly", "2025-12-31 12:00", "UTC", "2026-01-05 00:00"),
        ("monthly", "2026-02-28 23:30", "UTC", "2026-03-01 00:00"),
        ("YEARLY", "2026-01-01 00:00", "UTC", "2027-01-01 00:00"),
    ],
)
def test_when_a_bucket_is_over(timeframe: str, at: str, zone: str, end: str) -> None:
    assert get_bucket_end(timeframe, utc(at), ZoneInfo(zone)) == utc(end)


@given(
    minutes=st.integers(0, 10 * 366 * 1440),
    timeframe=st.sampled_from(sorted(periods.CALENDAR_BUCKETS)),
    zone=st.sampled_from([MADRID, "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"]),
)
def test_a_bucket_ends_where_the_next_begins(minutes: int, timeframe: str, zone: str) -> None:
    place, at = ZoneInfo(zone), datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    end, name = get_bucket_end(timeframe, at, place), get_bucket(timeframe, at, place)
    assert end > at
    assert get_bucket(timeframe, end, place) != name
    assert get_bucket(timeframe, end - timedelta(microseconds=1), place) == name
