"""Reading what follows `/badge`: the receivers, the badge's name, the words."""

import re

from sqlalchemy.ext.asyncio import AsyncSession

from bot.parsing import commands as parsing_commands
from bot.parsing import gift_text
from bot.protocol.turns import Words
from engine.rewards import name_matching
from engine.rewards.name_matching import Named

BECAUSE = re.compile(r"\b(?:for|por)\s.*", re.IGNORECASE | re.DOTALL)


async def read(session: AsyncSession, words: Words) -> tuple[Words, Named]:
    """The receivers, and the badge with the words after it. A quoted badge looks like one more receiver at first."""
    said = await gift_text.read(session, words)
    last = said.receivers[-1] if len(said.receivers) > 1 else None
    if isinstance(last, str):
        named = await name_matching.at_start(session, last)
        if named.rewards and not named.rest:
            return said.receivers[:-1], Named(named.rewards, said.words)
    return said.receivers, await name_matching.at_start(session, said.words)


def apart(rest: str) -> tuple[str, str]:
    """A line whose badge nobody knows, as (what seems to be its name, the words): they begin at "for" or "por"."""
    found = BECAUSE.search(rest)
    name = rest[: found.start()].strip() if found else rest
    return parsing_commands.shown(name), (found[0] if found else rest)
