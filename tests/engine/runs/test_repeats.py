"""How often a rule gives the same person a reward: as often as `engine.awards.limits` lets a gift be given."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from sqlalchemy import insert, literal, select

from engine.awards.limits import AwardHistory, build_occurrence, find_repeat_refusal
from engine.awards.models import Award
from engine.db.connection import DatabaseSession
from engine.people.models import Person
from engine.rewards.models import Reward
from engine.runs.repeats import build_had_clause
from tests import people, rewards

NEW_YORK = ZoneInfo("America/New_York")

TIMEFRAMES = (
    None, "hourly", "bihourly", "daily", "Weekly", "biweekly", "monthly", "quarterly", "yearly", "minutes:90",
    "hours:2", "hr:36", "days", "weeks:2", "months:1", "qtr:1", "hours:0", "now and then",
)  # fmt: skip

MOMENTS = (
    datetime(2026, 3, 8, 7, 30, tzinfo=UTC),  # 03:30, an hour after the clock went from 02:00 to 03:00
    datetime(2026, 11, 1, 6, 30, tzinfo=UTC),  # 01:30 for the second time
    datetime(2026, 3, 31, 15, 0, tzinfo=UTC),  # the last day of a month that is longer than the one before
    datetime(2027, 1, 1, 5, 0, tzinfo=UTC),  # midnight, and a new year
)

AGES = sorted(
    timedelta(minutes=minutes) + timedelta(microseconds=edge)
    for minutes in (0, 29, 30, 59, 60, 90, 120, 600, 1440, 2160, 10_080, 20_160, 44_640, 132_480, 525_600)
    for edge in (0, 1)
)

STATES = {"stands": {}, "undone": {"freed": True}, "revoked": {"revoked_at": datetime(2026, 1, 1, tzinfo=UTC)}}


def list_rewards() -> Iterator[dict[str, object]]:
    for timeframe in TIMEFRAMES:
        yield {"multiple": True, "timeframe": timeframe}
    yield {"multiple": False}
    yield {"multiple": False, "timeframe": "monthly"}
    yield {"multiple": True, "cooldown_minutes": 60}
    yield {"multiple": True, "timeframe": "daily", "cooldown_minutes": 600}
    yield {"multiple": True, "timeframe": "hours:2", "cooldown_minutes": 30}


def build_award(reward: Reward, person_id: int, at: datetime, **values: object) -> dict[str, object]:
    occurrence = build_occurrence(reward, at, NEW_YORK, f"tick:{at:%Y-%m-%dT%H:%M:%S.%f}")
    row = {"giver_key": 0, "reward": reward.name, "points": 0, "cause": "run:1", "freed": False, "revoked_at": None}
    about = {"reward_id": reward.id, "receiver_id": person_id, "occurrence": occurrence, "awarded_at": at}
    return row | about | values


async def find_refused(session: DatabaseSession, reward: Reward, at: datetime) -> set[int]:
    named = literal(build_occurrence(reward, at, NEW_YORK, "tick:now"))
    had = build_had_clause(reward, Person.id, named, at, NEW_YORK, yearly=False)
    return set(await session.scalars(select(Person.id).where(had)))


async def test_a_run_repeats_a_reward_as_often_as_a_gift(session: DatabaseSession) -> None:
    cases = list(product(AGES, STATES))
    ids = [(await people.add(session, f"P{number} Smith")).id for number in range(len(cases))]
    wrong = []
    for number, (values, at) in enumerate(product(list_rewards(), MOMENTS)):
        reward = await rewards.add(session, f"Star {number}", **values)
        pairs = zip(ids, cases, strict=True)
        given = [build_award(reward, person_id, at - age, **STATES[state]) for person_id, (age, state) in pairs]
        await session.execute(insert(Award), given)
        refused = await find_refused(session, reward, at)
        for person_id, (age, state) in zip(ids, cases, strict=True):
            past = AwardHistory(None if state == "undone" else at - age)
            expected = find_repeat_refusal(reward, "Ana", past, at, NEW_YORK) is not None
            if (person_id in refused) is not expected:
                wrong.append((values, str(at), str(age), state, f"expected {expected}"))
    assert not wrong


async def test_a_revoked_occurrence_is_closed_and_an_undone_one_free(session: DatabaseSession) -> None:
    ids = [(await people.add(session, f"{name} Smith")).id for name in STATES]
    at = datetime(2026, 3, 4, 12, tzinfo=UTC)
    for values in ({"multiple": False}, {"multiple": True, "timeframe": "weekly"}):
        reward = await rewards.add(session, f"Star {values}", **values)
        for person_id, state in zip(ids, STATES.values(), strict=True):
            await session.execute(insert(Award), build_award(reward, person_id, at - timedelta(hours=1), **state))
        assert await find_refused(session, reward, at) == {ids[0], ids[2]}, values


async def test_a_late_award_belongs_to_the_bucket_that_it_names(session: DatabaseSession) -> None:
    """The tick of yesterday was made today: today's is still to come, and the one of yesterday is not made again."""
    ana = (await people.add(session, "Ana López")).id
    reward = await rewards.add(session, "Daily", multiple=True, timeframe="daily")
    planned = datetime(2026, 3, 3, 23, tzinfo=UTC)
    late = build_award(reward, ana, planned + timedelta(hours=12), occurrence="2026-03-03")
    await session.execute(insert(Award), late)
    assert await find_refused(session, reward, planned) == {ana}
    assert await find_refused(session, reward, planned + timedelta(days=1)) == set()
    assert await find_refused(session, reward, planned - timedelta(days=1)) == set()


async def test_an_award_of_another_timeframe_still_counts(session: DatabaseSession) -> None:
    ana = (await people.add(session, "Ana López")).id
    at = datetime(2026, 3, 4, 12, tzinfo=UTC)
    for timeframe in ("daily", "weekly", "monthly", "yearly"):
        for earlier in ("once", "2026-W01", "tick:x", "2026-03-04T10"):
            reward = await rewards.add(session, f"{timeframe} {earlier}", multiple=True, timeframe=timeframe)
            given = build_award(reward, ana, at - timedelta(hours=1), occurrence=earlier)
            await session.execute(insert(Award), given)
            named = timeframe == "weekly" and earlier == "2026-W01"
            assert await find_refused(session, reward, at) == (set() if named else {ana}), (timeframe, earlier)
