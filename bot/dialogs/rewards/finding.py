"""The one reward that somebody names."""

from sqlalchemy import select

from bot.dialogs.dialog import DialogContext
from engine.errors import Refused
from engine.rewards.models import Reward
from engine.rewards.name_matching import match_reward_name, suggest_rewards

MAX_NUMBER_DIGITS = 9  # what is longer is no reward's number


async def find_named_reward(talk: DialogContext, typed: str) -> tuple[Reward, str]:
    """Return the reward whose number or name `typed` begins with, and what follows it.

    Raises Refused "reward_name_missing", "unknown_reward" (with the nearest names), or "many_rewards" with the numbers.
    """
    typed = typed.strip()
    if not typed:
        raise Refused("reward_name_missing")
    first, _, rest = typed.partition(" ")
    if first.isascii() and first.isdigit() and len(first) <= MAX_NUMBER_DIGITS:
        numbered = await talk.session.get(Reward, int(first))
        if numbered is not None:
            return numbered, rest.strip()
    found = await match_reward_name(talk.session, typed)
    if len(found.rewards) == 1:
        return found.rewards[0], found.rest
    if found.rewards:
        listed = ", ".join(f"{one.id}" for one in found.rewards)
        raise Refused("many_rewards", reward=found.rewards[0].name, numbers=listed)
    rewards = (await talk.session.scalars(select(Reward).where(Reward.is_enabled))).all()
    near = ", ".join(one.name for one in suggest_rewards(typed, rewards))
    raise Refused("unknown_reward_near" if near else "unknown_reward", typed=typed[:80], near=near)
