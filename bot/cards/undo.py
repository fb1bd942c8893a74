"""What the giver sees of a gift that they have taken back."""

from collections.abc import Sequence

from bot.cards import Card, Mention, Span, Text, as_text
from bot.cards.badge import receivers
from bot.words import Copy
from engine.awards import AwardFacts
from engine.kudos import KudosFacts


def award(gifts: Sequence[AwardFacts], copy: Copy) -> Card:
    """`gifts` are of one reward, one a receiver."""
    return _taken(copy.spans("undo.award", reward=gifts[0].reward, receivers=receivers(gifts, copy)), copy)


def kudos(facts: KudosFacts, copy: Copy) -> Card:
    names = copy.names(Mention(name, person_id) for person_id, name in facts.receivers)
    return _taken(copy.spans("undo.kudos", receivers=names), copy)


def _taken(sentence: tuple[Span, ...], copy: Copy) -> Card:
    return Card(copy.line("undo.title"), as_text(sentence), (Text(sentence),), tone="neutral")
