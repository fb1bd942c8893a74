"""The card that tells how a badge is got."""

from collections.abc import Sequence

from bot.cards.badge import format_badge_title
from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Part, Text
from engine.rewards.models import Reward
from engine.runs.preview import RuleAnswer

MET_MARK, UNMET_MARK = "✅", "▫️"


def build_by_hand_card(reward: Reward, copy: Copy) -> Card:
    """Build the answer about a badge that colleagues give."""
    sentence = copy.line("how.by_hand")
    return Card(format_badge_title(reward.emoji, reward.name, copy), sentence, (Text((sentence,)),))


def build_how_card(reward: Reward, answers: Sequence[RuleAnswer], copy: Copy) -> Card:
    """Build the list of what the badge asks for, each with a mark whether the reader meets it now."""
    missing = sum(not answer.met for answer in answers)
    sentence = copy.line("how.missing", count=missing) if missing else copy.line("how.all_met")
    lines: list[Part] = [Text((sentence,))]
    if reward.description:
        lines.insert(0, Text((reward.description,)))
    lines += [Text((f"{MET_MARK if one.met else UNMET_MARK} ", describe_part(one.name, copy))) for one in answers]
    return Card(format_badge_title(reward.emoji, reward.name, copy), sentence, tuple(lines))


def describe_part(name: str, copy: Copy) -> str:
    """Describe a rule by its name, or "audience" or "repeats", in a few words."""
    key = f"rules.{name}"
    return copy.line(key) if copy.knows(key) else name
