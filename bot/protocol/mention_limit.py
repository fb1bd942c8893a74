"""Whom a message notifies: a few, and the others by name, or it would be noise for all of them."""

from dataclasses import replace
from typing import Any

from bot.protocol.elements import Card, Facts, Mention, Person, Table, Text


def limit_mentions(most: int, card: Card) -> Card:
    """The card in which the first `most` people are mentioned by account, and whoever comes after them by name."""
    return replace(card, body=_named(card.body, most, set()))


def _named(value: Any, most: int, notified: set[str]) -> Any:
    match value:
        case Mention(account=account) if account:
            if len(notified) < most:
                notified.add(account)
            return value if account in notified else replace(value, account=None)
        case tuple():
            return tuple(_named(one, most, notified) for one in value)
        case Text(spans):
            return replace(value, spans=_named(spans, most, notified))
        case Facts(rows) | Table(rows=rows):
            return replace(value, rows=_named(rows, most, notified))
        case Person(mention):
            return replace(value, mention=_named(mention, most, notified))
        case _:
            return value
