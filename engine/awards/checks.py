"""The checks between a giver and a gift, in their order, before the awards are read. Pure functions."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from engine import messages
from engine.admin.settings import Settings
from engine.errors import Refused
from engine.messages import check_message
from engine.people.eligibility import is_eligible
from engine.people.models import Person
from engine.periods import get_local_day
from engine.rewards.availability import find_availability_refusal
from engine.rewards.models import Reward
from engine.rewards.targeting import build_audience, is_in_programs, is_listed, meets_conditions
from engine.rewards.types import HAND_GIVEN_TYPES

MAX_AWARD_MESSAGE_LENGTH = messages.MAX_MESSAGE_LENGTH  # characters


def get_reward_zone(reward: Reward, settings: Settings) -> ZoneInfo:
    """Return the zone of the reward's dates, times and periods: its own, else the organisation's."""
    return ZoneInfo(reward.timezone or settings.timezone)


def is_given_by_hand(reward: Reward) -> bool:
    """Return whether people give the reward. A reward with rules is earned by them, whatever its type."""
    return reward.reward_type in HAND_GIVEN_TYPES and not reward.rules


def check_gift(
    giver: Person, receivers: Sequence[Person], reward: Reward, words: str, settings: Settings, now: datetime
) -> None:
    """Raise Refused where `giver` may not give the reward with these words to all of the receivers at `now`."""
    check_message(words)
    _refuse_people(giver, receivers)
    zone = get_reward_zone(reward, settings)
    no = find_giving_refusal(reward, now, zone)
    if no:
        raise no
    _refuse_lists(giver, receivers, reward)


def find_giving_refusal(reward: Reward, now: datetime, zone: ZoneInfo) -> Refused | None:
    """Return why the reward cannot be given by anybody at `now`, or None."""
    if not reward.is_enabled:
        return Refused("reward_disabled", reward=reward.name)
    if reward.effective_date and reward.effective_date > now:
        return Refused("reward_not_yet", reward=reward.name, day=get_local_day(reward.effective_date, zone))
    if not is_given_by_hand(reward):
        return Refused("not_by_hand", reward=reward.name)
    return find_availability_refusal(reward.availability_rule, now, zone)


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
        if not is_in_programs(person, reward.programs):
            who = build_audience([{"programs": reward.programs}])
            raise Refused("not_in_program", name=person.display_name, reward=reward.name, who=who)
    check_giver(giver, reward)
    for person in receivers:
        if not is_listed(person, reward.awardee):
            who = build_audience(reward.awardee)
            raise Refused("not_awardee", name=person.display_name, reward=reward.name, who=who)
    for person in receivers:
        if not meets_conditions(person, reward.conditions):
            who = build_audience([reward.conditions])
            raise Refused("conditions_unmet", name=person.display_name, reward=reward.name, who=who)


def check_giver(giver: Person, reward: Reward) -> None:
    """Raise Refused where the reward's `assigner` list does not name the giver."""
    if not is_listed(giver, reward.assigner):
        raise Refused("not_assigner", reward=reward.name, who=build_audience(reward.assigner))
