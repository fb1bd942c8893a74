"""Every condition, by the name that catalogues use."""

from collections.abc import Mapping
from typing import Any

from engine.conditions import dates
from engine.conditions.condition import Condition, ConditionBuilder, RuleScope
from engine.rules.parameters import PARAMETERS_BY_RULE

CONDITION_BUILDERS: Mapping[str, ConditionBuilder] = {
    "Birthday": dates.build_birthday,
    "EmploymentAnniversary": dates.build_employment_anniversary,
    "EmploymentDuration": dates.build_employment_duration,
    "WorkAnniversary": dates.build_work_anniversary,
}


def build_condition(name: str, parameters: Mapping[str, Any], scope: RuleScope) -> Condition:
    """Build the condition of a rule. Raises KeyError if it is no condition, ValueError for faulty parameters."""
    return CONDITION_BUILDERS[name](PARAMETERS_BY_RULE[name].model_validate(parameters), scope)
