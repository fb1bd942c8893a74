"""Places on cards: whether celebrations are shown there."""

from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Text


def build_subscription_card(key: str, copy: Copy) -> Card:
    """One sentence about the place at hand."""
    return _notice("announce.title", copy.line(key), copy)


def build_named_subscription_card(key: str, name: str, copy: Copy) -> Card:
    """One sentence about the place of that name ("" where it has none), for somebody who reads it elsewhere."""
    return _notice("announce.title_there", copy.line(key, place=name or copy.line("announce.unnamed")), copy)


def _notice(title: str, sentence: str, copy: Copy) -> Card:
    return Card(copy.line(title), sentence, (Text((sentence,)),), tone="neutral")
