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
    """Build a notice about a delivery: one sentence about `gift`.

    `details` holds the sentence's `key` in the copy and the `values` of its placeholders. A place with an unknown name
    is called nameless, because its id would mean little to the reader.
    """
    values = details["values"]
    name = values.get("name") or copy.line("relay.nameless")
    sentence = copy.spans(details["key"], **{**values, "name": name, "gift": gift})
    return Card(copy.line("relay.title"), render_spans_as_text(sentence), (Text(sentence),), tone="neutral")


def build_channel_refused_card(channel: str, why: str, copy: Copy) -> Card:
    """Build the notice to an administrator that a channel refuses the bot.

    `channel` is the channel's label, `why` the reason that it gave.
    """
    sentence = copy.spans("relay.refused", channel=channel, why=why)
    return Card(copy.line("relay.title"), render_spans_as_text(sentence), (Text(sentence),), tone="neutral")


def build_kudos_spans(facts: KudosFacts, copy: Copy) -> tuple[Span, ...]:
    """A thank-you, in the middle of a sentence."""
    return copy.spans("relay.thanks", receivers=copy.names(name for _, name in facts.receivers))


def build_own_kudos_spans(facts: KudosFacts, copy: Copy) -> tuple[Span, ...]:
    """Describe a kudos to its giver: the receivers and the start of the message."""
    words = shorten(facts.words, MAX_EXCERPT_LENGTH, placeholder="…")
    return copy.spans("relay.own_thanks", receivers=copy.names(name for _, name in facts.receivers), words=words)


def build_badge_spans(gifts: Sequence[AwardFacts], copy: Copy) -> tuple[Span, ...]:
    """A badge, in the middle of a sentence. `gifts` are those of one gift."""
    receivers = copy.names(gift.receiver_name for gift in gifts)
    return copy.spans("relay.badge", reward=gifts[0].reward, receivers=receivers)
