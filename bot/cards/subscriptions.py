"""Places on cards: whether celebrations are shown there."""

from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Text


def build_subscription_card(key: str, copy: Copy) -> Card:
    """Build a card with one sentence about the current place."""
    return _notice("announce.title", copy.line(key), copy)


def build_named_subscription_card(key: str, name: str, copy: Copy) -> Card:
    """Build a card with one sentence about the place `name`, for a reader who is elsewhere.

    `name` is "" if the place has none.
    """
    return _notice("announce.title_there", copy.line(key, place=name or copy.line("announce.unnamed")), copy)


def _notice(title: str, sentence: str, copy: Copy) -> Card:
    return Card(copy.line(title), sentence, (Text((sentence,)),), tone="neutral")
