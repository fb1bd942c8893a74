"""The card of a run that awarded several people at once."""

from collections.abc import Sequence

from bot.cards.badge import format_badge_title
from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Mention, Part, Span, Text, render_spans_as_text
from engine.runs.queries import RunFacts

MAX_NAMED_RECEIVERS = 20


def build_run_celebration_card(facts: RunFacts, copy: Copy) -> Card:
    """Build the one celebration of all awards of a run: who got what. Names beyond the first few are a number."""
    spans = copy.spans("runs.celebration", count=facts.receivers, receivers=_name(facts, copy), reward=facts.reward)
    body: list[Part] = [Text(spans)]
    if facts.description:
        body.append(Text((facts.description,)))
    if facts.points:
        body.append(copy.text("badge.points_each", count=facts.points))
    title = format_badge_title(facts.emoji, facts.reward, copy)
    return Card(title, render_spans_as_text(spans), tuple(body), tone="celebration")


def _name(facts: RunFacts, copy: Copy) -> Sequence[Span]:
    named: list[Span] = [Mention(name, person_id) for person_id, name in facts.named]
    more = facts.receivers - len(named)
    return copy.names([*named, copy.line("runs.more", count=more)] if more else named)
