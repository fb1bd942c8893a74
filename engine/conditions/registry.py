"""Every condition, by the name that catalogues use."""

from collections.abc import Mapping
from typing import Any

from engine.conditions import activity, dates, streaks
from engine.conditions.condition import Condition, ConditionBuilder, RuleScope
from engine.rules.parameters import PARAMETERS_BY_RULE

CONDITION_BUILDERS: Mapping[str, ConditionBuilder] = {
    "Birthday": dates.build_birthday,
    "EmploymentAnniversary": dates.build_employment_anniversary,
    "EmploymentDuration": dates.build_employment_duration,
    "WorkAnniversary": dates.build_work_anniversary,
    "BadgeCountRule": activity.build_badge_count,
    "FirstTimeRule": activity.build_first_time,
    "KudosGivenRule": activity.build_kudos_given,
    "KudosReceivedRule": activity.build_kudos_received,
    "PointsReachedRule": activity.build_points_reached,
    "StreakRule": streaks.build_streak,
}


def build_condition(name: str, parameters: Mapping[str, Any], scope: RuleScope) -> Condition:
    """Build the condition of a rule. Raises KeyError if it is no condition, ValueError for faulty parameters."""
    return CONDITION_BUILDERS[name](PARAMETERS_BY_RULE[name].model_validate(parameters), scope)
