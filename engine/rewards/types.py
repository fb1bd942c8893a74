"""Types of rewards and their parts, and what a reward of given values does today. Pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HAND_GIVEN_TYPES = frozenset({"User Badge", "Recognition Badge", "Test Badge"})

REWARD_TYPES: Mapping[str, str] = {
    "User Badge": "Given by colleagues to each other",
    "Test Badge": "Given by hand, to try things out",
    "Recognition Badge": "Recognises somebody, by hand or by a rule",
    "Automated Badge": "Earned by something that happens",
    "Achievement Badge": "Earned by reaching a goal",
    "Computed Badge": "Drawn or computed on a schedule",
    "Workflow Badge": "Earned by steps in their order",
    "Auto Workflow Badge": "Earned by steps in their order, begun by itself",
    "Challenge": "Earned by steps in any order",
    "Nomination Badge": "Won in a nomination and a vote",
    "Collection": "Earned by a set of other rewards",
    "Mystery Box": "Holds a prize that nobody knows yet",
}

# Part of a reward, in the words of the report, and whether it acts already.
REWARD_PARTS: Mapping[str, tuple[str, bool]] = {
    "rules": ("rules", False),
    "job": ("job", False),
    "events": ("events", False),
    "workflow": ("workflow", False),
    "challenges": ("challenges", False),
    "nomination_config": ("nomination", False),
    "awarded_callbacks": ("callbacks", False),
    "completion_callbacks": ("callbacks", False),
    "step_callbacks": ("callbacks", False),
    "teams_webhook": ("teams_webhook", False),
}


@dataclass(frozen=True, slots=True)
class RewardActivity:
    """What a reward does today: whether people can give it, and which of its parts are stored for a later version."""

    by_hand: bool
    waiting: tuple[str, ...]


def get_reward_activity(columns: Mapping[str, Any]) -> RewardActivity:
    """Work out what a reward does today, from the values of its columns in `engine.rewards.models.Reward`."""
    parts = {**columns["attributes"], **columns}
    waiting = [words for part, (words, acts) in REWARD_PARTS.items() if parts.get(part) and not acts]
    by_hand = columns["reward_type"] in HAND_GIVEN_TYPES and not columns["rules"]
    return RewardActivity(by_hand, tuple(dict.fromkeys(waiting)))
