"""A person's badges on a card: their cabinet."""

from collections.abc import Sequence

from bot.cards.badge import DEFAULT_BADGE_EMOJI
from bot.i18n.copy import Copy
from bot.protocol.elements import Bold, Card, Mention, Span, Text, render_spans_as_text
from engine.awards.queries import AwardFacts


def build_own_badges_card(awards: Sequence[AwardFacts], copy: Copy, *, shown: int) -> Card:
    """Build the list of the reader's own badges, newest first, at most `shown` of them."""
    if not awards:
        return _empty(copy.line("badges.mine"), copy.spans("badges.nothing_yet"))
    return _cabinet(copy.line("badges.mine"), awards, [_line(facts, copy) for facts in awards[:shown]], copy)


def build_colleague_badges_card(owner: Mention, awards: Sequence[AwardFacts], copy: Copy, *, shown: int) -> Card:
    """Build the list of a colleague's badges, newest first, at most `shown` of them.

    An award without a giver shows no day, because that may be the colleague's birthday.
    """
    title = copy.line("badges.theirs", name=owner.name)
    if not awards:
        return _empty(title, copy.spans("badges.nothing_theirs", name=owner))
    lines = [
        _line(facts, copy)
        if facts.giver_name
        else copy.text("badges.undated", emoji=facts.emoji or DEFAULT_BADGE_EMOJI, reward=Bold(facts.reward))
        for facts in awards[:shown]
    ]
    return _cabinet(title, awards, lines, copy)


def _cabinet(title: str, awards: Sequence[AwardFacts], lines: list[Text], copy: Copy) -> Card:
    older = (copy.text("badges.newest_only", count=len(lines)),) if len(awards) > len(lines) else ()
    summary = copy.line("badges.summary", title=title, newest=awards[0].reward)
    return Card(title, summary, (*lines, *older))


def _empty(title: str, sentence: tuple[Span, ...]) -> Card:
    return Card(title, render_spans_as_text(sentence), (Text(sentence),))


def _line(facts: AwardFacts, copy: Copy) -> Text:
    badge = {
        "emoji": facts.emoji or DEFAULT_BADGE_EMOJI,
        "reward": Bold(facts.reward),
        "day": copy.day_of(facts.awarded_at),
    }
    if facts.giver_name:
        return copy.text("badges.given", giver=facts.giver_name, **badge)
    return copy.text("badges.earned", **badge)
