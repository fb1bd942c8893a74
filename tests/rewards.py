"""A few rewards for the tests."""

from engine.db.connection import DatabaseSession
from engine.db.statements import build_insert
from engine.rewards.models import Reward, RewardTemplate, RewardType
from tests.conftest import NOW


async def add(session: DatabaseSession, name: str, **values: object) -> Reward:
    """A User Badge of 10 points called `name`, given once and without a cooldown, unless `values` say otherwise."""
    row = {
        "name": name,
        "folded_name": name.lower(),
        "reward_type": "User Badge",
        "points": 10,
        "cooldown_minutes": 0,
        "created_at": NOW,
        "updated_at": NOW,
    } | values
    await session.execute(
        build_insert(session, RewardType)
        .values(reward_type=row["reward_type"], description="")
        .on_conflict_do_nothing()
    )
    reward = Reward(**row)
    session.add(reward)
    await session.flush()
    if reward.template:
        session.add(RewardTemplate(reward_id=reward.id, revision=1, template=reward.template))
        await session.flush()
    return reward
