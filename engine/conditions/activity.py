"""What people do in the product: badges, thanks and points. What was undone or revoked does not count."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select

from engine.awards.models import Award
from engine.awards.queries import AWARD_STANDS
from engine.conditions.condition import Condition, RuleScope
from engine.conditions.counted_span import CountedSpan, get_counted_span
from engine.kudos.models import Kudos, KudosReceiver, KudosTag
from engine.kudos.queries import KUDOS_NOT_UNDONE
from engine.kudos.tags import normalize_tag
from engine.people.models import Person
from engine.points.ledger import REVERSED_REASON, PointsEntry, build_standing_clause
from engine.rewards.models import Reward
from engine.rules.parameters import (
    BadgeCountRule,
    FirstTimeRule,
    KudosGivenRule,
    KudosReceivedRule,
    NameList,
    PointsReachedRule,
)


def build_badge_count(parameters: BadgeCountRule, scope: RuleScope) -> Condition:
    """Build the condition that the person got `count` awards, with the argument `badges`.

    Awards of the rule's own reward count only where `reward_ids` names it.
    """
    span, count = get_counted_span(parameters, scope), func.count()
    ids = parameters.reward_ids
    counted = [Award.reward_id.in_(ids) if ids else Award.reward_id != scope.reward_id]
    for column, names in ((Reward.reward_category, parameters.category), (Reward.reward_type, parameters.reward_type)):
        if listed := _list_names(names):
            counted.append(Award.reward_id.in_(select(Reward.id).where(column.in_(listed))))
    badges = (
        select(Award.receiver_id.label("person_id"), count.label("arg_badges"))
        .where(*AWARD_STANDS, span.covers(Award.awarded_at), *counted, scope.limit_people(Award.receiver_id))
        .group_by(Award.receiver_id)
        .having(count >= parameters.count)
    )
    return _build_counted(badges, span)


def build_kudos_received(parameters: KudosReceivedRule, scope: RuleScope) -> Condition:
    """Build the condition that the person was thanked `count` times, with the argument `kudos_received`.

    `tag` limits it to thanks with one of the tags.
    """
    span, count = get_counted_span(parameters, scope), func.count()
    received = (
        select(KudosReceiver.receiver_id.label("person_id"), count.label("arg_kudos_received"))
        .join(Kudos, Kudos.id == KudosReceiver.kudos_id)
        .where(*_count_kudos(parameters.tag, span), scope.limit_people(KudosReceiver.receiver_id))
        .group_by(KudosReceiver.receiver_id)
        .having(count >= parameters.count)
    )
    return _build_counted(received, span)


def build_kudos_given(parameters: KudosGivenRule, scope: RuleScope) -> Condition:
    """Build the condition that the person thanked `count` times, with the argument `kudos_given`.

    Thanks to several people at once count once. `tag` limits it to thanks with one of the tags.
    """
    span, count = get_counted_span(parameters, scope), func.count()
    given = (
        select(Kudos.giver_id.label("person_id"), count.label("arg_kudos_given"))
        .where(*_count_kudos(parameters.tag, span), scope.limit_people(Kudos.giver_id))
        .group_by(Kudos.giver_id)
        .having(count >= parameters.count)
    )
    return _build_counted(given, span)


def build_points_reached(parameters: PointsReachedRule, scope: RuleScope) -> Condition:
    """Build the condition that the person earned `points`, with the argument `points_earned`.

    What is spent was earned all the same; what was taken back was not.
    """
    span, total = get_counted_span(parameters, scope), func.sum(PointsEntry.amount)
    earned = (
        select(PointsEntry.person_id.label("person_id"), total.label("arg_points_earned"))
        .where(
            PointsEntry.amount > 0,
            PointsEntry.reason != REVERSED_REASON,
            build_standing_clause(),
            span.covers(PointsEntry.at),
            scope.limit_people(PointsEntry.person_id),
        )
        .group_by(PointsEntry.person_id)
        .having(total >= parameters.points)
    )
    return _build_counted(earned, span)


def build_first_time(parameters: FirstTimeRule, scope: RuleScope) -> Condition:
    """Build the condition that the person did it at least once: one award each, whatever the reward says of repeats.

    An award of the rule's own reward is no first badge.
    """
    done = FIRST_TIMES[parameters.activity].where(
        *([Award.reward_id != scope.reward_id] if "badge" in parameters.activity else [])
    )
    occurrence = literal(f"first-{parameters.activity}").label("occurrence")
    people = select(Person.id.label("person_id"), occurrence).where(done.exists(), scope.limit_people(Person.id))
    return Condition(people, dated=True, yearly=True)


FIRST_TIMES: Mapping[str, Select[int]] = {
    "kudos_given": select(Kudos.id).where(Kudos.giver_id == Person.id, KUDOS_NOT_UNDONE),
    "kudos_received": select(KudosReceiver.kudos_id)
    .join(Kudos, Kudos.id == KudosReceiver.kudos_id)
    .where(KudosReceiver.receiver_id == Person.id, KUDOS_NOT_UNDONE),
    "badge_given": select(Award.id).where(Award.giver_id == Person.id, *AWARD_STANDS),
    "badge_received": select(Award.id).where(Award.receiver_id == Person.id, *AWARD_STANDS),
}


def _build_counted(people: Select[*tuple[Any, ...]], span: CountedSpan) -> Condition:
    if span.occurrence is None:
        return Condition(people)
    return Condition(people.add_columns(literal(span.occurrence).label("occurrence")), dated=True)


def _count_kudos(tag: NameList, span: CountedSpan) -> list[ColumnElement[bool]]:
    counted = [KUDOS_NOT_UNDONE, span.covers(Kudos.given_at)]
    if tags := [normalize_tag(name) for name in _list_names(tag)]:
        tagged = select(KudosTag.kudos_id).where(KudosTag.kudos_id == Kudos.id, KudosTag.tag.in_(tags))
        counted.append(tagged.exists())
    return counted


def _list_names(names: NameList) -> Sequence[str]:
    return [names] if isinstance(names, str) else names
