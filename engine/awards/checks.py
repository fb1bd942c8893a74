"""What stands between a giver and a gift, before anything is read: the checks in their order. Pure functions."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from engine import messages, periods
from engine.admin.settings import Settings
from engine.errors import Refused
from engine.people.eligibility import is_eligible
from engine.people.models import Person
from engine.rewards import availability as rewards_availability
from engine.rewards import targeting as rewards_targeting
from engine.rewards.models import Reward
from engine.rewards.types import BY_HAND

LONGEST_WORDS = messages.LONGEST  # characters


def zone_of(reward: Reward, settings: Settings) -> ZoneInfo:
    """The zone in which the reward's dates, times and periods are read: its own, else the organisation's."""
    return ZoneInfo(reward.timezone or settings.timezone)


def is_by_hand(reward: Reward) -> bool:
    """Whether people give it. What has rules is earned by them, whatever its type."""
    return reward.reward_type in BY_HAND and not reward.rules


def refuse(
    giver: Person, receivers: Sequence[Person], reward: Reward, words: str, settings: Settings, now: datetime
) -> None:
    """Raise Refused where `giver` may not give the reward with these words to all of the receivers at `now`."""
    messages.refuse_words(words)
    _refuse_people(giver, receivers)
    zone = zone_of(reward, settings)
    no = closed(reward, now, zone)
    if no:
        raise no
    _refuse_lists(giver, receivers, reward)


def closed(reward: Reward, now: datetime, zone: ZoneInfo) -> Refused | None:
    """Why nobody can give the reward at `now`, or None."""
    if not reward.is_enabled:
        return Refused("reward_disabled", reward=reward.name)
    if reward.effective_date and reward.effective_date > now:
        return Refused("reward_not_yet", reward=reward.name, day=periods.day_of(reward.effective_date, zone))
    if not is_by_hand(reward):
        return Refused("not_by_hand", reward=reward.name)
    return rewards_availability.unavailable(reward.availability_rule, now, zone)


def _refuse_people(giver: Person, receivers: Sequence[Person]) -> None:
    if not receivers:
        raise Refused("receiver_missing")
    for person in receivers:
        if not person.active:
            raise Refused("receiver_inactive", name=person.display_name)
    if giver.id in {person.id for person in receivers}:
        raise Refused("self_award")
    for person in receivers:
        if not is_eligible(person, "receive"):
            raise Refused("receiver_not_eligible", name=person.display_name)


def _refuse_lists(giver: Person, receivers: Sequence[Person], reward: Reward) -> None:
    for person in receivers:
        if not rewards_targeting.in_programs(person, reward.programs):
            who = rewards_targeting.audience([{"programs": reward.programs}])
            raise Refused("not_in_program", name=person.display_name, reward=reward.name, who=who)
    refuse_giver(giver, reward)
    for person in receivers:
        if not rewards_targeting.listed(person, reward.awardee):
            who = rewards_targeting.audience(reward.awardee)
            raise Refused("not_awardee", name=person.display_name, reward=reward.name, who=who)
    for person in receivers:
        if not rewards_targeting.meets(person, reward.conditions):
            who = rewards_targeting.audience([reward.conditions])
            raise Refused("conditions_unmet", name=person.display_name, reward=reward.name, who=who)


def refuse_giver(giver: Person, reward: Reward) -> None:
    """Raise Refused where the reward's `assigner` list does not name the giver."""
    if not rewards_targeting.listed(giver, reward.assigner):
        raise Refused("not_assigner", reward=reward.name, who=rewards_targeting.audience(reward.assigner))
