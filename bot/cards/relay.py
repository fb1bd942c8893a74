"""Notices of the relay: what could not be delivered."""

from collections.abc import Mapping
from typing import Any

from bot.cards import Card, Text
from bot.words import Copy


def notice(details: Mapping[str, Any], copy: Copy) -> Card:
    """One sentence: `details` holds its `key` in the copy and the `values` of its placeholders."""
    sentence = copy.line(details["key"], **details["values"])
    return Card(copy.line("relay.title"), sentence, (Text((sentence,)),), tone="neutral")
