"""Rules on what people do in the product: badges, thanks, points, streaks and first times."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine.admin.settings import Settings
from engine.awards.giving import give_reward
from engine.awards.reversal import revoke_award, undo_award
from engine.conditions.condition import EVERYBODY, RuleScope
from engine.conditions.counted_span import get_counted_span
from engine.conditions.streaks import get_unit
from engine.kudos.reversal import undo_kudos
from engine.people.models import Person
from engine.rewards.models import Reward
from engine.rules.parameters import CountedActivity, StreakRule
from engine.runs.candidates import evaluate_reward
from tests.conftest import NOW
from tests.engine.runs.mill import Mill
from tests.tables import each_row
from tests.thanking import give

FREE = Settings(kudos_points=5, undo_minutes=0)
BOTH = [("Bob", "once"), ("Eve", "once")]


async def thank(mill: Mill, giver: int, *receivers: int, days_ago: float = 0, tags: tuple[str, ...] = ()) -> int:
    async with mill.writing.begin() as session:
        people = [await session.get_one(Person, one) for one in (giver, *receivers)]
        at = mill.clock() - timedelta(days=days_ago)
        return (await give(session, people[0], people[1:], tags=tags, settings=FREE, now=at)).id


async def undo_thanks(mill: Mill, giver: int, kudos_id: int) -> None:
    async with mill.writing.begin() as session:
        actor = await session.get_one(Person, giver)
        await undo_kudos(session, kudos_id, actor=actor, settings=FREE, now=mill.clock())


async def decorate(mill: Mill, giver: int, receiver: int, reward_id: int, *, days_ago: float) -> int:
    async with mill.writing.begin() as session:
        [award] = await give_reward(
            session,
            giver=await session.get_one(Person, giver),
            receivers=[await session.get_one(Person, receiver)],
            reward=await session.get_one(Reward, reward_id),
            words="thanks",
            settings=FREE,
            now=mill.clock() - timedelta(days=days_ago),
            cause=f"turn:{days_ago}",
            place_id=None,
            origin=None,
        )
        return award.id


async def who_meets(mill: Mill, rule: str, parameters: dict[str, Any]) -> list[tuple[str, str]]:
    """Return whom a reward of that one rule would go to now: (first name, occurrence). Nobody gets it."""
    reward_id = await mill.reward(f"{rule} {parameters}", [[rule, parameters]])
    async with mill.reading.begin() as session:
        reward = await session.get_one(Reward, reward_id)
        asked = await evaluate_reward(session, reward, FREE, now=mill.clock(), since=None, cause="hand:1")
        names = dict((await session.execute(select(Person.id, Person.first_name))).all())
        found = await asked.list_candidates(session, **EVERYBODY)
    return sorted((names[one.person_id], one.occurrence) for one in found)


async def test_thanks_are_counted_by_tag_and_time(mill: Mill) -> None:
    ana, bob, eve = [await mill.person(name) for name in ("Ana López", "Bob Stone", "Eve Adams")]
    await thank(mill, ana, bob, eve, days_ago=40)
    await thank(mill, ana, bob, days_ago=20, tags=("helpful",))
    await thank(mill, ana, bob, days_ago=3, tags=("mentor", "helpful"))
    await undo_thanks(mill, ana, await thank(mill, ana, eve, days_ago=2, tags=("helpful",)))
    await thank(mill, ana, bob, days_ago=-1)
    for rule, parameters, expected in (
        ("KudosReceivedRule", {"count": 3}, [("Bob", "once")]),
        ("KudosReceivedRule", {}, BOTH),
        ("KudosReceivedRule", {"tag": "#Helpful", "count": 2}, [("Bob", "once")]),
        ("KudosReceivedRule", {"tag": ["mentor", "creative"]}, [("Bob", "once")]),
        ("KudosReceivedRule", {"days": 10, "count": 2}, []),
        ("KudosReceivedRule", {"days": 30, "count": 2}, [("Bob", "once")]),
        ("KudosReceivedRule", {"period": "last_month", "count": 2}, [("Bob", "2026-02")]),
        ("KudosReceivedRule", {"period": "this_month"}, []),
        ("KudosGivenRule", {"count": 3}, [("Ana", "once")]),
        ("KudosGivenRule", {"period": "last_week", "tag": "mentor"}, [("Ana", "2026-W09")]),
        ("KudosGivenRule", {"count": 4}, []),
    ):
        assert await who_meets(mill, rule, parameters) == expected, (rule, parameters)


async def test_badges_and_points_that_were_taken_back_do_not_count(mill: Mill) -> None:
    ana = await mill.person("Ana López", role="admin")
    bob, eve = [await mill.person(name) for name in ("Bob Stone", "Eve Adams")]
    given = {"reward_type": "User Badge", "multiple": True, "points": 20}
    star, sun = [await mill.reward(name, [], **given) for name in ("Star", "Sun")]
    for receiver in (bob, eve):
        await decorate(mill, ana, receiver, star, days_ago=9)
        await decorate(mill, ana, receiver, sun, days_ago=8)
    await decorate(mill, ana, bob, sun, days_ago=1)
    undone, revoked = await decorate(mill, bob, eve, star, days_ago=2), await decorate(mill, ana, eve, sun, days_ago=3)
    async with mill.writing.begin() as session:
        giver, admin = await session.get_one(Person, bob), await session.get_one(Person, ana)
        await undo_award(session, undone, actor=giver, settings=FREE, now=mill.clock())
        await revoke_award(session, revoked, actor=admin, reason="a mistake", origin="web", now=mill.clock())
    for rule, parameters, expected in (
        ("BadgeCountRule", {"count": 2}, BOTH),
        ("BadgeCountRule", {"count": 3}, [("Bob", "once")]),
        ("BadgeCountRule", {"reward_type": "User Badge", "count": 3}, [("Bob", "once")]),
        ("BadgeCountRule", {"category": ["Sky"]}, []),
        ("BadgeCountRule", {"reward_ids": [star]}, BOTH),
        ("BadgeCountRule", {"reward_ids": [sun], "days": 7}, [("Bob", "once")]),
        ("PointsReachedRule", {"points": 60}, [("Bob", "once")]),
        ("PointsReachedRule", {"points": 40}, BOTH),
        ("PointsReachedRule", {"points": 20, "days": 7}, [("Bob", "once")]),
        ("PointsReachedRule", {"points": 1, "period": "last_year"}, []),
    ):
        assert await who_meets(mill, rule, parameters) == expected, (rule, parameters)


async def test_a_streak_lasts_until_a_unit_is_over_without_thanks(mill: Mill) -> None:
    ana, bob = await mill.person("Ana López", timezone="Pacific/Auckland"), await mill.person("Bob Stone")
    for weeks in (1, 2, 3):
        await thank(mill, ana, bob, days_ago=weeks * 7)
    await thank(mill, bob, ana, days_ago=3)
    await thank(mill, bob, ana, days_ago=4)
    await undo_thanks(mill, bob, await thank(mill, bob, ana, days_ago=5))
    weekdays = {"unit": "day", "count": 2}
    for day, rule, expected in (  # from Monday 2 March, nine o'clock in London
        (0, {"count": 3}, ["Ana"]),
        (0, {"count": 4}, []),
        (0, {"count": 3, "activity": "kudos_received"}, ["Bob"]),
        (6, {"count": 3}, []),  # a Sunday, and with Ana Monday has begun: a week passed without
        (0, weekdays, ["Bob"]),  # Thursday and Friday; Monday is not over
        (1, weekdays, []),
        (0, {**weekdays, "only_weekdays": False}, []),
        (0, {**weekdays, "count": 3}, []),
        (0, {**weekdays, "activity": "kudos_received"}, ["Ana"]),
    ):
        mill.clock.now = NOW + timedelta(days=day, hours=6 if day == 6 else 0)
        assert [name for name, _ in await who_meets(mill, "StreakRule", rule)] == expected, (day, rule)


async def test_a_first_time_is_awarded_once_whatever_the_reward_says(mill: Mill) -> None:
    ana, bob = await mill.person("Ana López"), await mill.person("Bob Stone")
    often = {"multiple": True, "cooldown_minutes": 0}
    rules = {name: [["FirstTimeRule", {"activity": name}]] for name in ("kudos_given", "badge_received")}
    first, badge = [await mill.reward(name, rule, **often) for name, rule in rules.items()]
    await mill.run(first)
    await thank(mill, ana, bob)
    for number in range(2, 5):
        await mill.run(first, f"hand:{number}")
        await mill.run(badge, f"hand:{number}")
        await thank(mill, ana, bob)
    assert await mill.awards() == [
        ("badge_received", "Ana", "first-badge_received"), ("kudos_given", "Ana", "first-kudos_given"),
    ]  # fmt: skip


@each_row(
    ("period", "days", "start", "end", "occurrence"),
    [
        ("all_time", 0, None, None, None),
        ("all_time", 7, "2026-02-23T09:00+00:00", None, None),
        ("this_week", 7, "2026-03-01T23:00+00:00", None, "2026-W10"),
        ("last_week", 0, "2026-02-22T23:00+00:00", "2026-03-01T23:00+00:00", "2026-W09"),
        ("this_quarter", 0, "2025-12-31T23:00+00:00", None, "2026-Q1"),
        ("last_quarter", 0, "2025-09-30T22:00+00:00", "2025-12-31T23:00+00:00", "2025-Q4"),
        ("last_year", 0, "2024-12-31T23:00+00:00", "2025-12-31T23:00+00:00", "2025"),
    ],
)
def test_a_period_is_the_reward_zones(
    period: str, days: int, start: str | None, end: str | None, occurrence: str | None
) -> None:
    scope = RuleScope("sqlite", NOW, None, ZoneInfo("Europe/Madrid"), Settings(), 1)
    span = get_counted_span(CountedActivity.model_validate({"period": period, "days": days}), scope)
    assert span.start == (start and datetime.fromisoformat(start))
    assert span.end == (datetime.fromisoformat(end) if end else NOW + timedelta(microseconds=1))
    assert (span.occurrence, span.end.tzinfo) == (occurrence, UTC)


def test_units_follow_each_other() -> None:
    days = [date(2026, 2, 26) + timedelta(days=step) for step in range(6)]  # Thursday to Tuesday
    for asked, steps in (
        ({"unit": "week"}, [0, 0, 0, 0, 1, 1]),
        ({"unit": "day"}, [0, 1, 2, 2, 2, 3]),
        ({"unit": "day", "only_weekdays": False}, [0, 1, 2, 3, 4, 5]),
    ):
        units = [get_unit(day, StreakRule.model_validate(asked)) for day in days]
        assert [unit - units[0] for unit in units] == steps
