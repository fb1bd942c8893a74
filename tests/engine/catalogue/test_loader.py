"""Loading: the difference, the change, its traces; and finding a reward by what was typed."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from engine import errors
from engine.admin.audit import AuditRow
from engine.catalogue.loader import LoadPlan, apply_load, plan_load
from engine.catalogue.reader import read_catalogue
from engine.db.connection import DatabaseSession
from engine.errors import BadInput, NotAllowed
from engine.rewards.models import Reward, RewardCategory, RewardGroup, RewardTemplate, RewardType
from engine.rewards.search import find_rewards, get_reward
from tests import people
from tests.conftest import NOW

STARTER = (Path(errors.__file__).parent / "starter" / "rewards.json").read_bytes()
OLDER = Path(__file__).with_name("older_catalogue.json").read_bytes()
STAR = {"reward_id": 5, "reward": "Shooting Stär", "reward_category": "Sky", "message": "You shine"}


async def planned(session: DatabaseSession, *rewards: dict[str, Any]) -> LoadPlan:
    return await plan_load(session, read_catalogue(json.dumps(rewards), ZoneInfo("UTC")))


async def load(session: DatabaseSession, *rewards: dict[str, Any], later: int = 0) -> LoadPlan:
    plan = await planned(session, *rewards)
    now = NOW + timedelta(minutes=later)
    await apply_load(session, plan, now, actor_id=None, origin="cli")
    await session.flush()
    session.expunge_all()
    return plan


async def count(session: DatabaseSession, table: type) -> int:
    return int((await session.execute(select(func.count()).select_from(table))).scalar_one())


@pytest.mark.parametrize("file", [STARTER, OLDER], ids=["starter", "older"])
async def test_a_catalogue_is_stored_whole_and_a_second_time_changes_nothing(
    session: DatabaseSession, file: bytes
) -> None:
    rewards = json.loads(file)
    first = await load(session, *rewards)
    assert len(first.created) == len(rewards)
    read = {columns["id"]: columns for columns in read_catalogue(file, ZoneInfo("UTC")).rewards}
    for stored in await session.scalars(select(Reward)):
        assert {column: getattr(stored, column) for column in read[stored.id]} == read[stored.id]
    again = await load(session, *rewards, later=1)
    assert (len(again.unchanged), again.created, again.updated) == (len(rewards), [], [])
    assert await count(session, AuditRow) == len(rewards)
    assert set(await session.scalars(select(Reward.updated_at))) == {NOW}


async def test_types_categories_and_groups_are_made_as_needed(session: DatabaseSession) -> None:
    await load(session, STAR | {"reward_group": "Night"}, STAR | {"reward_id": 6, "reward": "Comet"})
    assert list(await session.scalars(select(RewardType.reward_type))) == ["User Badge"]
    assert list(await session.scalars(select(RewardType.description))) == ["Given by colleagues to each other"]
    assert list(await session.scalars(select(RewardCategory.reward_category))) == ["Sky"]
    assert list(await session.scalars(select(RewardGroup.reward_group))) == ["Night"]


async def test_a_changed_reward_is_updated_by_its_id_with_the_difference(session: DatabaseSession) -> None:
    await load(session, STAR | {"points": 20, "emoji": "⭐"})
    plan = await load(session, STAR | {"reward": "Star", "points": 30, "effective_date": "2026-07-01"}, later=5)
    (change,) = plan.updated
    star = await session.get_one(Reward, 5)
    assert {key: (str(before), str(after)) for key, (before, after) in change.fields.items()} == {
        "reward": ("Shooting Stär", "Star"),
        "points": ("20", "30"),
        "emoji": ("⭐", "None"),
        "effective_date": ("None", "2026-07-01 00:00:00+00:00"),
    }
    assert (star.name, star.folded_name, star.points, star.emoji) == ("Star", "star", 30, None)
    assert (star.created_at, star.updated_at) == (NOW, NOW + timedelta(minutes=5))
    row = (await session.scalars(select(AuditRow).order_by(AuditRow.id.desc()).limit(1))).one()
    assert (row.action, row.object, row.actor_id, row.origin) == ("reward.update", "reward:5", None, "cli")
    assert row.before == {"reward": "Shooting Stär", "points": 20, "emoji": "⭐", "effective_date": None}
    assert row.after == {
        "reward": "Star", "points": 30, "emoji": None, "effective_date": "2026-07-01T00:00:00+00:00",
    }  # fmt: skip


async def test_a_changed_message_is_a_new_revision(session: DatabaseSession) -> None:
    await load(session, STAR)
    await load(session, STAR | {"points": 11}, later=1)
    await load(session, STAR | {"message": "You glow"}, later=2)
    await load(session, {key: value for key, value in STAR.items() if key != "message"}, later=3)
    await load(session, STAR, later=4)
    kept = await session.execute(
        select(RewardTemplate.revision, RewardTemplate.template).order_by(RewardTemplate.revision)
    )
    assert [tuple(row) for row in kept] == [(1, "You shine"), (2, "You glow"), (4, "You shine")]
    assert (await session.get_one(Reward, 5)).template_revision == 4


async def test_planning_writes_nothing(session: DatabaseSession) -> None:
    plan = await planned(session, STAR)
    assert len(plan.created) == 1
    assert [await count(session, table) for table in (Reward, RewardType, RewardCategory, AuditRow)] == [0] * 4


async def test_a_namesake_in_the_catalogue_draws_a_warning(session: DatabaseSession) -> None:
    await load(session, STAR)
    plan = await planned(session, STAR | {"reward_id": 6, "reward": "shooting star"})
    assert [(remark.subject, remark.text) for remark in plan.warnings] == [
        ('6 "shooting star"', 'has the same name as 5 "Shooting Stär", which is stored already')
    ]
    assert not plan.is_clean


@pytest.mark.parametrize("was_there", [True, False])
async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    session: DatabaseSession, was_there: bool
) -> None:
    if was_there:
        await load(session, STAR)
    stale = await planned(session, STAR | {"points": 20})
    await load(session, STAR | {"points": 30}, later=1)
    with pytest.raises(BadInput, match="load the file again"):
        await apply_load(session, stale, NOW, actor_id=None, origin="cli")
    assert await session.scalar(select(Reward.points)) == 30


async def test_only_an_administrator_loads_as_a_person(session: DatabaseSession) -> None:
    member, admin = await people.add(session, "Ana"), await people.add(session, "Hana", role="admin")
    plan = await planned(session, STAR)
    with pytest.raises(NotAllowed):
        await apply_load(session, plan, NOW, actor_id=member.id, origin="web")
    await apply_load(session, plan, NOW, actor_id=admin.id, origin="web")
    await session.flush()
    assert await session.scalar(select(AuditRow.actor_id)) == admin.id


async def test_what_acts_already_is_told_of_each_reward(session: DatabaseSession) -> None:
    rule = {"rules": [["Birthday"]]}
    plan = await planned(
        session,
        STAR,
        STAR | rule | {"reward_id": 6, "reward": "B"},
        STAR | {"reward_id": 7, "reward": "C", "reward_type": "Computed Badge", "cron": {"hour": 9}} | rule,
        STAR | {"reward_id": 8, "reward": "D", "reward_type": "Test Badge", "teams_webhook": "https://example.com"},
    )
    told = [(change.activity.by_hand, change.activity.waiting) for change in plan.changes]
    assert told == [(True, ()), (False, ("rules",)), (False, ("rules", "job")), (True, ("teams_webhook",))]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("team", ["Tëam"]),
        ("  TEAM   player ", ["Team Player"]),
        ("player team", ["Team Player"]),
        ("tea", ["Tëam", "Team Player", "Team Spirit 100%"]),
        ("100%", ["Team Spirit 100%"]),
        ("_", []),
        ("", []),
        ("x" * 100_000, []),
        ("gone", []),
    ],
)
async def test_a_reward_is_found_by_what_was_typed(session: DatabaseSession, typed: str, found: list[str]) -> None:
    names = ["Team Spirit 100%", "Team Player", "Tëam"]
    rewards = [STAR | {"reward_id": number, "reward": name} for number, name in enumerate(names, 1)]
    await load(session, *rewards, STAR | {"reward": "Gone Team", "is_enabled": False})
    assert [reward.name for reward in await find_rewards(session, typed)] == found


async def test_a_reward_is_read_by_its_id_also_when_it_is_switched_off(session: DatabaseSession) -> None:
    await load(session, STAR | {"is_enabled": False})
    star = await get_reward(session, 5)
    assert star is not None
    assert not star.is_enabled
    assert await get_reward(session, 6) is None
