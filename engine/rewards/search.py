"""Search of the rewards by id or typed name."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.people.names import fold_name
from engine.rewards.models import MAX_REWARD_NAME_LENGTH, Reward

MAX_REWARDS_FOUND = 20


async def get_reward(session: AsyncSession, reward_id: int) -> Reward | None:
    """Return the reward of that id, even a disabled one, or None if it does not exist."""
    return await session.get(Reward, reward_id)


async def find_rewards(session: AsyncSession, typed: str) -> list[Reward]:
    """Find the enabled rewards of the typed name, ignoring case and accents: at most 20, by name.

    Exact matches hide partial ones. A partial match has every typed word somewhere in its name, in any order.
    """
    folded = fold_name(typed[:MAX_REWARD_NAME_LENGTH])
    if not folded:
        return []
    parts = [Reward.folded_name.contains(word, autoescape=True) for word in folded.split()]
    return await _enabled(session, Reward.folded_name == folded) or await _enabled(session, *parts)


async def _enabled(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[Reward]:
    query = select(Reward).where(Reward.is_enabled, *conditions).order_by(Reward.folded_name, Reward.id)
    return list(await session.scalars(query.limit(MAX_REWARDS_FOUND)))
