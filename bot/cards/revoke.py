"""Revoking on cards: the awards to choose from, and what was reversed."""

from bot.cards import Card, Mention, Part, Text, as_text
from bot.forms import Option
from bot.words import Copy
from engine.awards import AwardFacts


def option(facts: AwardFacts, copy: Copy) -> Option:
    """An award as a choice, told apart by its number, its day and its giver."""
    label = copy.line("revoke.option", reward=facts.reward, receiver=facts.receiver_name, id=str(facts.id))
    day = copy.day_of(facts.awarded_at)
    if facts.giver_name:
        return Option(str(facts.id), label, copy.line("revoke.given", day=day, giver=facts.giver_name))
    return Option(str(facts.id), label, copy.line("revoke.earned", day=day))


def done(facts: AwardFacts, copy: Copy, *, comes_by_itself: bool) -> Card:
    """What was reversed, and that it stays closed where the reward `comes_by_itself`."""
    receiver = Mention(facts.receiver_name, facts.receiver_id)
    sentence = copy.spans("revoke.done", id=str(facts.id), reward=facts.reward, receiver=receiver)
    body: list[Part] = [Text(sentence)]
    if facts.points:
        body.append(copy.text("revoke.points", count=facts.points))
    if comes_by_itself:
        body.append(copy.text("revoke.closed"))
    return Card(copy.line("revoke.title"), as_text(sentence), tuple(body), tone="neutral")
