"""Revoking on cards: the awards to choose from, and what was reversed."""

from collections.abc import Sequence

from bot.cards.badge import build_receiver_spans
from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Mention, Part, Span, Text, render_spans_as_text
from bot.protocol.forms import Option
from engine.awards.queries import AwardFacts
from engine.kudos.queries import KudosFacts


def build_award_option(facts: AwardFacts, copy: Copy) -> Option:
    """Build the option for one award in a choice.

    Its label and detail show the reward, receiver, number, day and giver, so that similar awards can be distinguished.
    """
    label = copy.line("revoke.option", reward=facts.reward, receiver=facts.receiver_name, id=str(facts.id))
    day = copy.day_of(facts.awarded_at)
    if facts.giver_name:
        return Option(str(facts.id), label, copy.line("revoke.given", day=day, giver=facts.giver_name))
    return Option(str(facts.id), label, copy.line("revoke.earned", day=day))


def build_award_revoked_card(facts: AwardFacts, copy: Copy, *, comes_by_itself: bool) -> Card:
    """Build the confirmation of a revocation: the award and the points that went back.

    If the reward `comes_by_itself`, it also says that it is not given again for the same occasion.
    """
    receiver = Mention(facts.receiver_name, facts.receiver_id)
    sentence = copy.spans("revoke.done", id=str(facts.id), reward=facts.reward, receiver=receiver)
    body: list[Part] = [Text(sentence)]
    if facts.points:
        body.append(copy.text("revoke.points", count=facts.points))
    if comes_by_itself:
        body.append(copy.text("revoke.closed"))
    return Card(copy.line("revoke.title"), render_spans_as_text(sentence), tuple(body), tone="neutral")


def build_award_undone_card(gifts: Sequence[AwardFacts], copy: Copy) -> Card:
    """Build the confirmation of an undone gift. `gifts` are awards of one reward, one per receiver."""
    return _taken(copy.spans("undo.award", reward=gifts[0].reward, receivers=build_receiver_spans(gifts, copy)), copy)


def build_kudos_undone_card(facts: KudosFacts, copy: Copy) -> Card:
    names = copy.names(Mention(name, person_id) for person_id, name in facts.receivers)
    return _taken(copy.spans("undo.kudos", receivers=names), copy)


def _taken(sentence: tuple[Span, ...], copy: Copy) -> Card:
    return Card(copy.line("undo.title"), render_spans_as_text(sentence), (Text(sentence),), tone="neutral")
