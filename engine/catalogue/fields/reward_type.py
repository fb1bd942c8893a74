"""The types of reward, and which parts of a reward act in this version: the one table that the reports are made of."""

from typing import Any

from engine.parsing.problems import Reading, meant, quoted
from engine.parsing.values import name
from engine.rewards.types import TYPES


def spelled(given: Any, reading: Reading) -> str:
    """The type as it is called here, whatever its case; one that nobody knows is kept, with a warning."""
    words = name(given)
    known = {known.casefold(): known for known in TYPES}
    if words.casefold() in known:
        return known[words.casefold()]
    reading.warn(f"reward_type: {quoted(words)} is no type that is known; nothing awards it{meant(words, TYPES)}")
    return words
