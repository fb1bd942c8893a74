"""Reading what follows `/badge`: the receivers, the badge's name, the words."""

import re

from sqlalchemy.ext.asyncio import AsyncSession

from bot.parsing.commands import shorten_typed_text
from bot.parsing.gift_text import parse_gift_with_names
from bot.protocol.turns import Words
from engine.rewards.name_matching import RewardMatch, match_reward_name

MESSAGE_START_PATTERN = re.compile(r"\b(?:for|por)\s.*", re.IGNORECASE | re.DOTALL)


async def parse_badge_text(session: AsyncSession, words: Words) -> tuple[Words, RewardMatch]:
    """The receivers, and the badge with the words after it. A quoted badge looks like one more receiver at first."""
    said = await parse_gift_with_names(session, words)
    last = said.receivers[-1] if len(said.receivers) > 1 else None
    if isinstance(last, str):
        named = await match_reward_name(session, last)
        if named.rewards and not named.rest:
            return said.receivers[:-1], RewardMatch(named.rewards, said.words)
    return said.receivers, await match_reward_name(session, said.words)


def split_badge_name(rest: str) -> tuple[str, str]:
    """A line whose badge nobody knows, as (what seems to be its name, the words): they begin at "for" or "por"."""
    found = MESSAGE_START_PATTERN.search(rest)
    name = rest[: found.start()].strip() if found else rest
    return shorten_typed_text(name), (found[0] if found else rest)
