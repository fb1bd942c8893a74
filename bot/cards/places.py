"""Places on cards: whether celebrations are shown there."""

from bot.cards import Card, Text
from bot.words import Copy


def told(key: str, copy: Copy) -> Card:
    """One sentence about the place at hand."""
    sentence = copy.line(key)
    return Card(copy.line("announce.title"), sentence, (Text((sentence,)),), tone="neutral")
