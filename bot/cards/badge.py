"""Badges on cards: the celebration, the news, the giver's answer."""

from collections.abc import Sequence

from bot.cards.sharing import build_link_parts
from bot.i18n.copy import Copy
from bot.protocol.elements import Button, Card, Mention, Part, Picture, Quote, Span, Text, render_spans_as_text
from bot.protocol.forms import Option
from engine.awards.queries import AwardFacts
from engine.rewards.models import Reward

DEFAULT_BADGE_EMOJI = "🏅"  # where a reward brings no emoji of its own


def build_badge_celebration_card(gifts: Sequence[AwardFacts], copy: Copy) -> Card:
    """Build the public celebration of a badge: giver, receivers, badge, points and message.

    `gifts` are the awards of one gift, one per receiver.
    """
    first = gifts[0]
    who = {"giver": _giver(first), "receivers": build_receiver_spans(gifts, copy), "reward": first.reward}
    key = "badge.celebration" if first.giver_name else "badge.celebration_earned"
    points = copy.text("badge.points" if len(gifts) == 1 else "badge.points_each", count=first.points)
    return _praise(first, copy, copy.spans(key, count=len(gifts), **who), points)


def build_badge_received_card(facts: AwardFacts, copy: Copy) -> Card:
    """Build the card that a receiver of a badge gets directly.

    The other receivers are left out, as some of them may want to stay private.
    """
    key = "badge.news" if facts.giver_name else "badge.news_earned"
    sentence = copy.spans(key, giver=_giver(facts), reward=facts.reward)
    return _praise(facts, copy, sentence, copy.text("badge.points", count=facts.points))


def build_badge_withdrawn_card(copy: Copy) -> Card:
    """Build the line that replaces a celebration after an undo or a revocation, without any names."""
    sentence = copy.line("badge.taken_back")
    return Card(copy.line("badge.taken_back_title"), sentence, (Text((sentence,)),), tone="neutral")


def build_badge_given_card(
    gifts: Sequence[AwardFacts],
    copy: Copy,
    undo_token: str,
    *,
    quiet: Sequence[str],
    minutes: int,
    out_of_reach: Sequence[str] = (),
    link: str = "",
) -> Card:
    """Build the giver's own answer: receivers, points, and how long the gift can be undone.

    `gifts` are awards of one reward, one per receiver. `quiet` names the receivers who are informed in private only,
    `out_of_reach` those of them who have no chat account. `minutes` is how long the gift can be undone, 0 for ever.
    `link` leads to the celebration; "" if there is none.
    """
    first = gifts[0]
    sentence = copy.spans(
        "badge.given", count=len(gifts), receivers=build_receiver_spans(gifts, copy), reward=first.reward
    )
    body: list[Part] = [Text(sentence)]
    if first.points:
        body.append(copy.text("badge.gets" if len(gifts) == 1 else "badge.each_gets", count=first.points))
    if quiet:
        body.append(copy.text("badge.in_private", receivers=copy.names(quiet)))
    if out_of_reach:
        body.append(copy.text("badge.no_account", receivers=copy.names(out_of_reach), count=len(out_of_reach)))
    body.append(copy.text("badge.undo_within", count=minutes) if minutes else copy.text("badge.any_time"))
    body += build_link_parts(link, copy)
    undo = Button(copy.line("badge.undo"), undo_token)
    return Card(
        format_badge_title(first.emoji, first.reward, copy), render_spans_as_text(sentence), tuple(body), (undo,)
    )


def format_badge_title(emoji: str | None, reward: str, copy: Copy) -> str:
    """Return the title of a badge: its emoji (or the default one) and its name."""
    return copy.line("badge.title", emoji=emoji or DEFAULT_BADGE_EMOJI, reward=reward)


def build_badge_option(reward: Reward, copy: Copy) -> Option:
    """A badge as a choice, with what it brings and what it is for."""
    key = "badge.worth_and_what" if reward.description else "badge.worth"
    detail = copy.line(key, count=reward.points, description=reward.description)
    return Option(str(reward.id), format_badge_title(reward.emoji, reward.name, copy), detail)


def build_receiver_spans(gifts: Sequence[AwardFacts], copy: Copy) -> tuple[Span, ...]:
    """Build the list of the receivers, as mentions."""
    return copy.names(Mention(gift.receiver_name, gift.receiver_id) for gift in gifts)


def _praise(facts: AwardFacts, copy: Copy, sentence: tuple[Span, ...], points: Text) -> Card:
    body: list[Part] = [Text(sentence)]
    if facts.message:
        body.append(Quote(facts.message))
    if facts.points:
        body.append(points)
    if (facts.icon or "").startswith(("https://", "/icons/")):
        body.append(Picture(str(facts.icon), copy.line("badge.picture", reward=facts.reward)))
    return Card(
        format_badge_title(facts.emoji, facts.reward, copy),
        render_spans_as_text(sentence),
        tuple(body),
        tone="celebration",
    )


def _giver(facts: AwardFacts) -> Mention:
    return Mention(facts.giver_name or "", facts.giver_id)
