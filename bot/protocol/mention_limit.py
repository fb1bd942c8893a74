"""How many people a message notifies: a few, to avoid noise. The others are shown by name."""

from dataclasses import replace
from typing import Any

from bot.protocol.elements import Card, Facts, Mention, Person, Table, Text


def limit_mentions(most: int, card: Card) -> Card:
    """Return the card with the first `most` people mentioned by account, and the others by name only."""
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
