"""The type of a reward, in any case, brought into its known name."""

from typing import Any

from engine.parsing.problems import ParseContext, quote_text, suggest_known_name
from engine.parsing.values import parse_name
from engine.rewards.types import REWARD_TYPES


def parse_reward_type(given: Any, reading: ParseContext) -> str:
    """Return the reward type under its known name, whatever its case. Keep an unknown type, with a warning."""
    words = parse_name(given)
    known = {known.casefold(): known for known in REWARD_TYPES}
    if words.casefold() in known:
        return known[words.casefold()]
    hint = suggest_known_name(words, REWARD_TYPES)
    reading.warn(f"reward_type: {quote_text(words)} is no type that is known; nothing awards it{hint}")
    return words
