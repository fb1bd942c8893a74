"""How often the same person can get a reward."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.i18n.copy import Copy
from engine.awards.limits import (
    AwardHistory,
    build_occurrence,
    build_repeat_occurrence,
    find_repeat_refusal,
    get_giver_key,
    load_award_history,
    lock_gates,
)
from engine.awards.models import Award
from engine.db.connection import DatabaseSession, SessionFactory
from engine.rewards.models import Reward
from tests import people, rewards
from tests.conftest import NOW
from tests.tables import each_row
from tests.waiting import PATIENCE

MADRID = ZoneInfo("Europe/Madrid")


def reward(**values: object) -> Reward:
    return Reward(**({"id": 1, "name": "Star", "multiple": True, "cooldown_minutes": 0} | values))


OCCURRENCES = [
    (False, None, "once"),
    (False, "hours:2", "once"),
    (False, "monthly", "2026-03"),
    (True, "Monthly", "2026-03"),
    (True, None, "turn:web:1"),
    (True, "days:3", "turn:web:1"),
    (True, "hours:0", "turn:web:1"),
]


@each_row(("multiple", "timeframe", "name"), OCCURRENCES)
def test_the_occurrence_of_an_award(multiple: bool, timeframe: str | None, name: str) -> None:
    star = reward(multiple=multiple, timeframe=timeframe)
    at = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)  # March in Madrid
    assert build_occurrence(star, at, MADRID, "turn:web:1") == name


def test_a_long_cause_still_fits_and_stays_its_own() -> None:
    names = {build_occurrence(reward(), NOW, UTC, f"turn:{'x' * 240}:{n}") for n in range(3)}
    assert build_occurrence(reward(), NOW, UTC, "x" * 100) == "x" * 100
    assert len(names) == 3
    assert all(len(name) <= 120 for name in names)


def test_a_person_gives_again_what_was_revoked_under_the_next_number() -> None:
    once, daily, often = reward(multiple=False), reward(timeframe="daily"), reward()
    assert [build_repeat_occurrence(once, "once", AwardHistory(None, n)) for n in (0, 1, 2)] == [
        "once",
        "once#2",
        "once#3",
    ]
    assert build_repeat_occurrence(daily, "2026-03-02", AwardHistory(None, 1)) == "2026-03-02#2"
    assert (
        build_repeat_occurrence(often, "turn:web:1", AwardHistory(None, 1)) == "turn:web:1"
    )  # the same cause never gives twice


@each_row(("multiple", "giver_id", "key"), [(False, 7, 0), (True, 7, 7), (True, None, 0)])
def test_limits_are_per_giver_where_it_can_be_given_again(multiple: bool, giver_id: int | None, key: int) -> None:
    assert get_giver_key(reward(multiple=multiple), giver_id) == key


# multiple, timeframe, cooldown in minutes; the last award and this moment; what is said.
SPACING = [
    (False, None, 0, "2020-01-01 00:00", "2026-03-02 09:00", "awarded_once"),
    (False, "monthly", 0, "2020-01-01 00:00", "2026-03-02 09:00", "awarded_once"),
    (True, None, 0, "2026-03-02 09:00", "2026-03-02 09:00", None),
    (True, None, 1, "2026-03-02 09:00", "2026-03-02 09:00:59", "cooldown"),
    (True, None, 1, "2026-03-02 09:00", "2026-03-02 09:01", None),
    (True, "daily", 60, "2026-03-01 22:30", "2026-03-01 23:15", "cooldown"),  # the next day there already
    (True, "hourly", 0, "2026-03-02 09:00", "2026-03-02 09:59", "awarded_hourly"),
    (True, "hourly", 0, "2026-03-02 09:59", "2026-03-02 10:00", None),
    (True, "hourly", 0, "2026-10-25 00:30", "2026-10-25 01:30", "awarded_hourly"),  # the folded hour, twice
    (True, "bihourly", 0, "2026-03-02 09:00", "2026-03-02 10:59", "awarded_bihourly"),  # 10:00 and 11:59 in Madrid
    (True, "bihourly", 0, "2026-03-02 10:59", "2026-03-02 11:00", None),
    (True, "daily", 0, "2026-03-01 22:59", "2026-03-01 23:00", None),
    (True, "daily", 0, "2026-10-24 22:00", "2026-10-25 22:59", "awarded_daily"),
    (True, "weekly", 0, "2025-12-29 12:00", "2026-01-02 12:00", "awarded_weekly"),
    (True, "biweekly", 0, "2026-12-30 12:00", "2027-01-08 12:00", "awarded_biweekly"),
    (True, "biweekly", 0, "2026-12-25 12:00", "2026-12-29 12:00", None),
    (True, "monthly", 0, "2026-02-28 22:30", "2026-02-28 23:30", None),
    (True, "MONTHLY", 0, "2026-03-01 12:00", "2026-03-31 12:00", "awarded_monthly"),
    (True, "quarterly", 0, "2026-01-01 12:00", "2026-03-31 12:00", "awarded_quarterly"),
    (True, "yearly", 0, "2026-01-01 12:00", "2026-12-31 12:00", "awarded_yearly"),
    (True, "hours:2", 0, "2026-03-02 09:00", "2026-03-02 10:59", "awarded_hours"),
    (True, "hours:2", 0, "2026-03-02 09:00", "2026-03-02 11:00", None),
    (True, "days:2", 0, "2026-03-28 12:00", "2026-03-30 11:00", None),  # 47 hours, two days on the clock
    (True, "months", 0, "2026-01-31 12:00", "2026-02-28 22:00", "awarded_months"),
    (True, "months", 0, "2026-01-31 12:00", "2026-02-28 23:00", None),
    (True, "hours:0", 0, "2026-03-02 09:00", "2026-03-02 09:00", None),
]


def utc(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


@each_row(("multiple", "timeframe", "cooldown", "last", "now", "reason"), SPACING)
def test_the_spacing_of_awards(
    multiple: bool, timeframe: str | None, cooldown: int, last: str, now: str, reason: str | None
) -> None:
    star = reward(multiple=multiple, timeframe=timeframe, cooldown_minutes=cooldown)
    no = find_repeat_refusal(star, "Bob", AwardHistory(utc(last)), utc(now), MADRID)
    assert (no and no.reason) == reason
    for language in ("en", "es") if no else ():
        assert "Star" in Copy(language, "Europe/Madrid").line(f"refusals.{no.reason}", **no.details)


def test_who_has_nothing_is_refused_nothing() -> None:
    assert find_repeat_refusal(reward(multiple=False), "Bob", AwardHistory(), NOW, UTC) is None


def test_the_refusal_of_a_window_says_when() -> None:
    no = find_repeat_refusal(reward(timeframe="days:3"), "Bob", AwardHistory(NOW - timedelta(days=1)), NOW, UTC)
    assert no is not None
    assert no.details["count"] == 3
    assert no.details["again"] == NOW + timedelta(days=2)


@each_row(
    ("cooldown", "last", "english", "spanish"),
    [
        (1440, "2026-03-02 08:00", "leave at least 1 day between", "un mínimo de 1 día entre"),
        (90, "2026-03-02 08:00", "leave at least 1 hour and 30 minutes", "un mínimo de 1 hora y 30 minutos"),
        (2, "2026-03-02 08:59:30", "from Mar 2, 2026, 10:02 (", "a partir del 2 mar 2026, 10:02 ("),  # not 10:01:30
        (60, "2026-03-02 08:10", "from Mar 2, 2026, 10:10 (Europe/Madrid)", "2 mar 2026, 10:10 (Europe/Madrid)"),
    ],
)
def test_a_cooldown_says_how_long_and_from_when(cooldown: int, last: str, english: str, spanish: str) -> None:
    no = find_repeat_refusal(
        reward(cooldown_minutes=cooldown), "Bob", AwardHistory(utc(last)), utc("2026-03-02 09:00"), MADRID
    )
    assert no is not None
    for language, words in (("en", english), ("es", spanish)):
        assert words in Copy(language, "Europe/Madrid").line("refusals.cooldown", **no.details)


def test_the_refusal_of_a_bucket_says_when() -> None:
    last = utc("2026-03-01 23:30")  # Monday in Madrid
    no = find_repeat_refusal(reward(timeframe="weekly"), "Bob", AwardHistory(last), last + timedelta(hours=1), MADRID)
    assert no is not None
    words = "this week; it is once a week, next from Mar 9, 2026, 00:00 (Europe/Madrid)."
    assert words in Copy("en", "Europe/Madrid").line(f"refusals.{no.reason}", **no.details)


async def test_the_past_counts_what_it_should(session: DatabaseSession) -> None:
    ana, bob, eve = [await people.add(session, name) for name in ("Ana", "Bob", "Eve")]
    once = await rewards.add(session, "Once")
    often = await rewards.add(session, "Often", multiple=True, timeframe="daily")
    for star, giver, freed, revoked, occurrence, hours in (
        (once, ana, False, True, "once", 3),
        (once, ana, True, False, "once", 2),
        (often, ana, False, True, "2026-02-28", 48),
        (often, ana, False, True, "2026-03-01", 24),
        (often, ana, False, True, "2026-03-01#2", 24),
        (often, ana, False, False, "2026-03-02", 2),
        (often, eve, False, False, "2026-03-02", 1),
    ):
        session.add(
            Award(
                reward_id=star.id,
                receiver_id=bob.id,
                giver_id=giver.id,
                giver_key=get_giver_key(star, giver.id),
                occurrence=occurrence,
                reward=star.name,
                points=10,
                cause="test",
                awarded_at=NOW - timedelta(hours=hours),
                freed=freed,
                revoked_at=NOW if revoked else None,
            )
        )
    await session.flush()

    by_hand = await load_award_history(session, once, [ana.id, bob.id], ana.id, "once")
    assert by_hand == {bob.id: AwardHistory(None, 1)}  # revoked: given again by a human…
    by_rule = await load_award_history(session, once, [bob.id], None, "once")
    assert by_rule == {bob.id: AwardHistory(NOW - timedelta(hours=3), 1)}  # …and by nobody else
    per_giver = await load_award_history(session, often, [bob.id], ana.id, "2026-03-02")
    assert per_giver == {bob.id: AwardHistory(NOW - timedelta(hours=2), 0)}
    yesterday = await load_award_history(session, often, [bob.id], ana.id, "2026-03-01")
    assert yesterday[bob.id].revoked == 2  # of that very occurrence, whichever number it has
    often.multiple = False
    anybody = await load_award_history(session, often, [bob.id], ana.id, "2026-03-02")
    assert anybody[bob.id].last_at == NOW - timedelta(hours=1)


@pytest.mark.parametrize("seen_before", [False, True])
async def test_people_queue_at_the_gates_in_one_order(writing: SessionFactory, seen_before: bool) -> None:
    """Whoever names the receivers the other way round waits at the first gate, and holds no later one meanwhile."""
    async with writing.begin() as session:
        ids = [(await people.add(session, name)).id for name in ("Ana", "Bob")]
        star = await rewards.add(session, "Star")
        if seen_before:
            await lock_gates(session, star.id, ids)

    async def other() -> None:
        async with writing.begin() as session:
            await lock_gates(session, star.id, reversed(ids))

    async with writing.begin() as session:
        await lock_gates(session, star.id, ids[:1])
        waiting = asyncio.create_task(other())
        await asyncio.sleep(0.3)
        await asyncio.wait_for(lock_gates(session, star.id, ids[1:]), PATIENCE)
    await asyncio.wait_for(waiting, PATIENCE)
