"""Which reward somebody means who wrote its name in front of other words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.people.names import fold
from engine.rewards.models import Reward

QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "'": "'", "‘": "’"}

AFTER_A_NAME = ",;:.!-–—"

LONGEST = 300  # characters: no name is longer

WORDS_TRIED = 6  # of what was written, when the nearest names are looked for

SHORTEST_PART = 3  # characters: less is in too many names

NEAR = 0.6  # of 1: how alike a misspelt name is at least

NEAREST = 5


@dataclass(frozen=True, slots=True)
class Named:
    """The rewards of the name that was read (several where it is not unique, none where none is), and what follows."""

    rewards: tuple[Reward, ...]
    rest: str


async def at_start(session: AsyncSession, typed: str) -> Named:
    """The longest reward name that `typed` begins with, folded, with or without quotes.

    Rewards that are switched off count only where no other has that name.
    """
    quoted, after = _unquoted(typed.strip())
    written = quoted or typed.strip()
    found = _longest(await _candidates(session, written), written)
    if quoted and not found.rest:
        return Named(found.rewards, after)
    return Named((), typed.strip()) if quoted or not found.rewards else found


def nearest(typed: str, rewards: Sequence[Reward]) -> list[Reward]:
    """Those of `rewards` whose names are most like the beginning of `typed`, at most NEAREST, best first."""
    quoted, _ = _unquoted(typed.strip())
    words = fold((quoted or typed)[:LONGEST]).split()[:WORDS_TRIED]
    starts = [" ".join(words[: n + 1]) for n in range(len(words))]
    likeness = {r.id: max((_likeness(start, r.folded_name) for start in starts), default=0) for r in rewards}
    near = [r for r in rewards if likeness[r.id] >= NEAR]
    return sorted(near, key=lambda r: -likeness[r.id])[:NEAREST]


async def _candidates(session: AsyncSession, written: str) -> Sequence[Reward]:
    beginning = func.substr(literal(fold(written[:LONGEST])), 1, func.length(Reward.folded_name))
    query = select(Reward).where(Reward.folded_name != "", beginning == Reward.folded_name).order_by(Reward.id)
    return (await session.scalars(query)).all()


def _longest(candidates: Sequence[Reward], written: str) -> Named:
    ends = {reward.id: _end(reward.folded_name, written) for reward in candidates}
    longest = max(ends.values(), default=0)
    named = [reward for reward in candidates if longest and ends[reward.id] == longest]
    enabled = tuple(reward for reward in named if reward.is_enabled)
    return Named(enabled or tuple(named), written[longest:].lstrip(AFTER_A_NAME + " \n\t"))


def _end(name: str, written: str) -> int:
    """Where the name ends in what was written; 0 where it is not there as whole words."""
    words = list(re.finditer(r"\S+", written))[: len(name.split())]
    beginning = written[: words[-1].end()] if words else ""
    for shorter in (beginning, beginning.rstrip(AFTER_A_NAME)):
        if shorter and fold(shorter) == name:
            return len(shorter)
    return 0


def _unquoted(typed: str) -> tuple[str, str]:
    """What stands between the quotes that `typed` begins with, and what follows; ("", typed) without quotes."""
    end = typed.find(QUOTES[typed[0]], 1) if typed[:1] in QUOTES else -1
    return (typed[1:end].strip(), typed[end + 1 :].strip()) if end > 0 else ("", typed)


def _likeness(start: str, name: str) -> float:
    if len(start) >= SHORTEST_PART and start in name:
        return 1 + len(start)
    return SequenceMatcher(None, start, name).ratio()
