"""Reading what follows `/badge`: the receivers, the badge's name, the words."""

import re

from sqlalchemy.ext.asyncio import AsyncSession

from bot.parsing.commands import shorten_typed_text
from bot.parsing.gift_text import parse_gift_with_names
from bot.protocol.turns import Words
from engine.rewards.name_matching import RewardMatch, match_reward_name

MESSAGE_START_PATTERN = re.compile(r"\b(?:for|por)\s.*", re.IGNORECASE | re.DOTALL)


async def parse_badge_text(session: AsyncSession, words: Words) -> tuple[Words, RewardMatch]:
    """Split the text into the receivers and the badge, with the message after it.

    A quoted badge name is first read like one more receiver.
    """
    said = await parse_gift_with_names(session, words)
    last = said.receivers[-1] if len(said.receivers) > 1 else None
    if isinstance(last, str):
        named = await match_reward_name(session, last)
        if named.rewards and not named.rest:
            return said.receivers[:-1], RewardMatch(named.rewards, said.words)
    return said.receivers, await match_reward_name(session, said.words)


def split_badge_name(rest: str) -> tuple[str, str]:
    """Split the text of an unknown badge into its likely name (shortened) and the message.

    The message begins at "for" or "por"; without these, the whole text is both.
    """
    found = MESSAGE_START_PATTERN.search(rest)
    name = rest[: found.start()].strip() if found else rest
    return shorten_typed_text(name), (found[0] if found else rest)
