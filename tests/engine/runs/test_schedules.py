"""When rewards are evaluated: every planned time once."""

from datetime import UTC, datetime

from sqlalchemy import select

from engine.scheduling.jobs import Job, Tick
from tests.engine.runs.mill import Mill

WEEKLY = {"trigger": "cron", "cron": {"day_of_week": "fri", "hour": 17}, "timezone": "America/New_York"}


async def test_a_job_draws_once_a_week(mill: Mill) -> None:
    for number in range(6):
        await mill.person(f"P{number} Smith")
    draw = [["RandomUsers", {"count": 2}]]
    await mill.reward("Jackpot", draw, job=WEEKLY, multiple=True, timeframe="weekly")
    await mill.look()
    assert await mill.awards() == []
    mill.clock.advance(hours=13)  # 17:00 in New York
    for _ in range(21):
        mill.clock.advance(days=1)
        await mill.look()
    weeks = [occurrence for _, _, occurrence in await mill.awards()]
    assert sorted(weeks) == ["2026-W10"] * 2 + ["2026-W11"] * 2 + ["2026-W12"] * 2
    async with mill.reading.begin() as session:
        walls = (await session.scalars(select(Tick.wall).order_by(Tick.planned_at))).all()
        assert walls == ["2026-03-06T17:00:00", "2026-03-13T17:00:00", "2026-03-20T17:00:00"]


async def test_a_birthday_during_an_outage_is_celebrated_once_and_late(mill: Mill) -> None:
    daily = {"trigger": "cron", "cron": {"hour": 8}}
    await mill.person("Ana López", birth_month=3, birth_day=4)
    await mill.reward("Birthday", [["Birthday", {}]], job=daily)
    await mill.look()
    mill.clock.advance(days=1)
    await mill.look()
    mill.clock.advance(days=3)
    await mill.look()
    await mill.look()
    assert await mill.awards() == [("Birthday", "Ana", "birthday-2026")]


async def test_a_folded_hour_fires_once_and_a_skipped_one_at_a_time_that_exists(mill: Mill) -> None:
    mill.clock.now = datetime(2026, 3, 7, 12, tzinfo=UTC)
    zone = {"trigger": "cron", "timezone": "America/New_York"}
    await mill.reward("Gap", [["RandomUsers", {}]], job={**zone, "cron": {"hour": 2, "minute": 30}})
    await mill.reward("Fold", [["RandomUsers", {}]], job={**zone, "cron": {"hour": 1, "minute": 30}})
    await mill.look()
    for day in (datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)):
        mill.clock.now = day
        while mill.clock.now < day.replace(hour=12):
            await mill.look()
            mill.clock.advance(minutes=30)
    async with mill.reading.begin() as session:
        rows = (await session.execute(select(Tick.job, Tick.wall, Tick.outcome).where(Tick.outcome == "done"))).all()
        jobs = {job.name: job.definition["cron"]["hour"] for job in await session.scalars(select(Job))}
    spring = sorted((jobs[job], wall) for job, wall, _ in rows if "-03-08" in wall)
    autumn = sorted((jobs[job], wall) for job, wall, _ in rows if "-11-01" in wall)
    assert spring == [(1, "2026-03-08T01:30:00"), (2, "2026-03-08T03:30:00")]
    assert autumn == [(1, "2026-11-01T01:30:00"), (2, "2026-11-01T02:30:00")]
