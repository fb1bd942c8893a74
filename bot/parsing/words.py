"""Words as a tuple of texts and mentions, as every channel hands them over."""

from collections.abc import Iterable
from itertools import groupby

from bot.protocol.elements import Mention
from bot.protocol.turns import Words


def join_adjacent_text(parts: Iterable[str | Mention]) -> Words:
    """Build words where texts that stand beside each other are one. Leave empty texts out."""
    joined: list[str | Mention] = []
    for is_text, group in groupby(parts, key=lambda part: isinstance(part, str)):
        together = list(group)
        joined += ["".join(map(str, together))] if is_text else together
    return tuple(part for part in joined if part)
