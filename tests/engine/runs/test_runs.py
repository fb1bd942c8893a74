"""Rewards that rules give: once, with points, and celebrated without noise."""

from datetime import date, timedelta

from sqlalchemy import func, select

from engine.admin.settings import change_setting
from engine.outbox.models import Announcement, Delivery
from engine.outbox.places import Place
from engine.points.ledger import get_balance
from tests.conftest import NOW
from tests.engine.runs.mill import Mill


async def test_a_birthday_is_awarded_once_on_the_persons_own_day(mill: Mill) -> None:
    ana = await mill.person("Ana López", birth_month=3, birth_day=2)
    await mill.person("Bob Stone", birth_month=3, birth_day=3, timezone="Pacific/Auckland")
    await mill.person("Eve Adams", birth_month=3, birth_day=3)
    await mill.person("Gus Guest", birth_month=3, birth_day=2, kind="guest")
    await mill.person("Len Left", birth_month=3, birth_day=2, active=False)
    await mill.person("Shy Shore", birth_month=3, birth_day=2, no_birthday_post=True)
    mill.clock.advance(hours=3)  # noon in London, one in the morning of the next day in Auckland
    birthday = await mill.reward("Birthday", [["Birthday", {}]], points=50)

    run = await mill.run(birthday)
    again = await mill.run(birthday, "hand:2")

    assert (run.met, run.earned, again.met, again.earned) == (2, 2, 2, 0)
    assert await mill.awards() == [("Birthday", "Ana", "birthday-2026"), ("Birthday", "Bob", "birthday-2026")]
    async with mill.reading.begin() as session:
        assert await get_balance(session, ana) == 50


async def test_an_anniversary_tells_its_years(mill: Mill) -> None:
    await mill.person("Ana López", start_date=date(2021, 3, 2))
    await mill.person("Bob Stone", start_date=date(2025, 3, 2))
    await mill.person("Eve Adams", start_date=date(2026, 3, 2))
    await mill.reward("Five", [["WorkAnniversary", {"years": 5}]], reward_type="Recognition Badge")
    await mill.reward("Any", [["EmploymentDuration", {}]], reward_type="Recognition Badge")
    await mill.reward("Late", [["EmploymentAnniversary", {"starting_year": 2}]], reward_type="Recognition Badge")
    await mill.look()
    assert await mill.awards() == [
        ("Any", "Ana", "years-5"), ("Any", "Bob", "years-1"), ("Five", "Ana", "years-5"), ("Late", "Ana", "years-5"),
    ]  # fmt: skip


async def test_the_audience_of_a_reward_is_the_one_of_gifts(mill: Mill) -> None:
    rows = {
        "Ana": {"department": "Sales", "groups": ["North", "lead"], "attributes": {"floor": 3}},
        "Bob": {"department": " sales", "groups": ["north"], "attributes": {"floor": "3"}},
        "Eve": {"department": "Support", "groups": [], "job_code": "MGR"},
    }
    for name, values in rows.items():
        await mill.person(f"{name} Smith", birth_month=3, birth_day=2, **values)
    wanted = {
        "conditions": ({"conditions": {"department": "SALES"}}, ["Ana", "Bob"]),
        "groups": ({"awardee": [{"groups": ["NORTH"]}]}, ["Ana", "Bob"]),
        "either": ({"awardee": [{"job_code": ["mgr"]}, {"groups": ["lead"]}]}, ["Ana", "Eve"]),
        "both": ({"awardee": [{"department": ["sales"], "groups": ["lead"]}]}, ["Ana"]),
        "named": ({"awardee": ["eve@corp.test"]}, ["Eve"]),
        "attribute": ({"conditions": {"floor": 3}}, ["Ana", "Bob"]),
        "nobody": ({"programs": ["walmart"]}, []),
    }
    for name, (values, _) in wanted.items():
        await mill.run(await mill.reward(name, [["Birthday", {}]], **values))
    got = await mill.awards()
    assert {name: [one for reward, one, _ in got if reward == name] for name in wanted} == {
        name: people for name, (_, people) in wanted.items()
    }


async def test_more_than_three_awards_are_one_card_in_the_morning(mill: Mill) -> None:
    async with mill.writing.begin() as session:
        session.add(Place(channel="web", external_id="plaza", announces=True, created_at=NOW))
        await change_setting(session, "timezone", "America/New_York", NOW, actor=None, origin="cli")
    for number in range(5):
        await mill.person(f"P{number} Smith", birth_month=3, birth_day=2)
    mill.clock.advance(hours=1)  # five in the morning in New York
    await mill.run(await mill.reward("Birthday", [["Birthday", {}]]))
    async with mill.reading.begin() as session:
        kinds = await session.execute(select(Announcement.kind, func.count()).group_by(Announcement.kind))
        assert dict(kinds.all()) == {"run": 1, "award": 5}
        due = await session.execute(
            select(Delivery.place_id.is_not(None), func.count()).group_by(Delivery.due_at, Delivery.place_id)
        )
        assert sum(count for _, count in due) == 6
        assert set(await session.scalars(select(Delivery.due_at))) == {NOW + timedelta(hours=5)}


async def test_an_unknown_rule_is_said_and_awards_nobody(mill: Mill) -> None:
    await mill.person("Ana López")
    run = await mill.run(await mill.reward("Odd", [["MoonRule", {}]]))
    assert run.failure
    assert await mill.awards() == []
