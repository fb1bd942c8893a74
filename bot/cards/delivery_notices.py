"""Notices of the relay: what could not be delivered."""

from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import Any

from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Span, Text, render_spans_as_text
from engine.awards.queries import AwardFacts
from engine.kudos.queries import KudosFacts

MAX_EXCERPT_LENGTH = 60  # characters: enough to know a thank-you again


def build_delivery_notice_card(details: Mapping[str, Any], gift: tuple[Span, ...], copy: Copy) -> Card:
    """One sentence: `details` holds its `key` in the copy and the `values` of its placeholders.

    `gift` is what it is about. A place whose name nobody has told us is said to have none: its id says nothing.
    """
    values = details["values"]
    name = values.get("name") or copy.line("relay.nameless")
    sentence = copy.spans(details["key"], **{**values, "name": name, "gift": gift})
    return Card(copy.line("relay.title"), render_spans_as_text(sentence), (Text(sentence),), tone="neutral")


def build_channel_refused_card(channel: str, why: str, copy: Copy) -> Card:
    """To an administrator: the channel of that name refuses us; `why` is its own word for it."""
    sentence = copy.spans("relay.refused", channel=channel, why=why)
    return Card(copy.line("relay.title"), render_spans_as_text(sentence), (Text(sentence),), tone="neutral")


def build_kudos_spans(facts: KudosFacts, copy: Copy) -> tuple[Span, ...]:
    """A thank-you, in the middle of a sentence."""
    return copy.spans("relay.thanks", receivers=copy.names(name for _, name in facts.receivers))


def build_own_kudos_spans(facts: KudosFacts, copy: Copy) -> tuple[Span, ...]:
    """The same for its giver, with the first of their words."""
    words = shorten(facts.words, MAX_EXCERPT_LENGTH, placeholder="…")
    return copy.spans("relay.own_thanks", receivers=copy.names(name for _, name in facts.receivers), words=words)


def build_badge_spans(gifts: Sequence[AwardFacts], copy: Copy) -> tuple[Span, ...]:
    """A badge, in the middle of a sentence. `gifts` are those of one gift."""
    receivers = copy.names(gift.receiver_name for gift in gifts)
    return copy.spans("relay.badge", reward=gifts[0].reward, receivers=receivers)
