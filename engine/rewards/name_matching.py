"""Matching of the reward name at the beginning of a typed text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.people.names import fold_name
from engine.rewards.models import Reward

QUOTE_PAIRS = {'"': '"', "“": "”", "„": "“", "«": "»", "'": "'", "‘": "’"}
NAME_END_MARKS = ",;:.!-–—"
MAX_MATCHED_LENGTH = 300  # characters: no name is longer
MAX_WORDS_TRIED = 6  # of what was written, when the nearest names are looked for
MIN_PART_LENGTH = 3  # characters: less is in too many names
MIN_NAME_LIKENESS = 0.6  # of 1: how alike a misspelt name is at least
MAX_SUGGESTIONS = 5


@dataclass(frozen=True, slots=True)
class RewardMatch:
    """The rewards of the name that was read, and the text after it. There are several if they share the name."""

    rewards: tuple[Reward, ...]
    rest: str


async def match_reward_name(session: AsyncSession, typed: str) -> RewardMatch:
    """Find the longest reward name that `typed` begins with, folded, with or without quotes.

    Disabled rewards count only if no enabled one has that name.
    """
    quoted, after = _unquoted(typed.strip())
    written = quoted or typed.strip()
    beginning = func.substr(literal(fold_name(written[:MAX_MATCHED_LENGTH])), 1, func.length(Reward.folded_name))
    named = select(Reward).where(Reward.folded_name != "", beginning == Reward.folded_name).order_by(Reward.id)
    found = _longest((await session.scalars(named)).all(), written)
    if quoted and not found.rest:
        return RewardMatch(found.rewards, after)
    return RewardMatch((), typed.strip()) if quoted or not found.rewards else found


def suggest_rewards(typed: str, rewards: Sequence[Reward]) -> list[Reward]:
    """Return those of `rewards` whose names are most similar to the beginning of `typed`.

    These are at most MAX_SUGGESTIONS, the best first.
    """
    quoted, _ = _unquoted(typed.strip())
    words = fold_name((quoted or typed)[:MAX_MATCHED_LENGTH]).split()[:MAX_WORDS_TRIED]
    starts = [" ".join(words[: n + 1]) for n in range(len(words))]
    likeness = {r.id: max((_likeness(start, r.folded_name) for start in starts), default=0) for r in rewards}
    near = [r for r in rewards if likeness[r.id] >= MIN_NAME_LIKENESS]
    return sorted(near, key=lambda r: -likeness[r.id])[:MAX_SUGGESTIONS]


def _longest(candidates: Sequence[Reward], written: str) -> RewardMatch:
    ends = {reward.id: _end(reward.folded_name, written) for reward in candidates}
    longest = max(ends.values(), default=0)
    named = [reward for reward in candidates if longest and ends[reward.id] == longest]
    enabled = tuple(reward for reward in named if reward.is_enabled)
    return RewardMatch(enabled or tuple(named), written[longest:].lstrip(NAME_END_MARKS + " \n\t"))


def _end(name: str, written: str) -> int:
    """Return the position where the name ends in the typed text, or 0 if the text does not begin with it.

    Only whole words count.
    """
    words = list(re.finditer(r"\S+", written))[: len(name.split())]
    beginning = written[: words[-1].end()] if words else ""
    for shorter in (beginning, beginning.rstrip(NAME_END_MARKS)):
        if shorter and fold_name(shorter) == name:
            return len(shorter)
    return 0


def _unquoted(typed: str) -> tuple[str, str]:
    """Split a typed text that begins with quotes into the quoted part and the rest.

    Return ("", typed) if it does not begin with quotes.
    """
    end = typed.find(QUOTE_PAIRS[typed[0]], 1) if typed[:1] in QUOTE_PAIRS else -1
    return (typed[1:end].strip(), typed[end + 1 :].strip()) if end > 0 else ("", typed)


def _likeness(start: str, name: str) -> float:
    if len(start) >= MIN_PART_LENGTH and start in name:
        return 1 + len(start)
    return SequenceMatcher(None, start, name).ratio()
