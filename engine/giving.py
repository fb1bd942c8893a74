"""What stands between a giver and a gift, before anything is read: the checks in their order. Pure functions."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from engine import availability, periods, targeting, thanks
from engine.catalogue import Reward
from engine.eligibility import is_eligible
from engine.errors import Refused
from engine.people import Person
from engine.settings import Settings

BY_HAND = frozenset({"User Badge", "Recognition Badge", "Test Badge"})
LONGEST_WORDS = thanks.LONGEST  # characters


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
    thanks.refuse_words(words)
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
    return availability.unavailable(reward.availability_rule, now, zone)


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
        if not targeting.in_programs(person, reward.programs):
            who = targeting.audience([{"programs": reward.programs}])
            raise Refused("not_in_program", name=person.display_name, reward=reward.name, who=who)
    refuse_giver(giver, reward)
    for person in receivers:
        if not targeting.listed(person, reward.awardee):
            who = targeting.audience(reward.awardee)
            raise Refused("not_awardee", name=person.display_name, reward=reward.name, who=who)
    for person in receivers:
        if not targeting.meets(person, reward.conditions):
            who = targeting.audience([reward.conditions])
            raise Refused("conditions_unmet", name=person.display_name, reward=reward.name, who=who)


def refuse_giver(giver: Person, reward: Reward) -> None:
    """Raise Refused where the reward's `assigner` list does not name the giver."""
    if not targeting.listed(giver, reward.assigner):
        raise Refused("not_assigner", reward=reward.name, who=targeting.audience(reward.assigner))
