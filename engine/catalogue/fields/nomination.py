"""How a nomination and its vote go: the keys of `nomination_config`, checked."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from engine.catalogue.fields.rules import parse_parameters
from engine.parsing.problems import ParseContext
from engine.parsing.values import expect_object
from engine.rules.parameters import NonNegativeCount, PositiveCount, RuleParameters

PhaseDays = Annotated[int, Field(ge=1, le=366)]

ELECTORATE_ALIASES: Mapping[str, str] = {
    "job_code": "job_codes", "group": "groups", "department": "departments", "department_code": "departments",
}  # fmt: skip


class Electorate(RuleParameters):
    job_codes: list[str] = []
    groups: list[str] = []
    departments: list[str] = []
    min_tenure_days: NonNegativeCount = 0


class NominationConfig(RuleParameters):
    campaign_type: Literal["open", "pre_candidates"] = "open"
    nomination_duration_days: PhaseDays = 7
    voting_duration_days: PhaseDays = 5
    allow_self_nomination: bool = False
    max_nominations_per_user: PositiveCount = 1
    max_votes_per_user: PositiveCount = 1
    min_nominations_to_proceed: PositiveCount = 1
    allow_additional_nominations: bool = False
    require_candidate_approval: bool = False
    eligible_nominators: Electorate = Electorate()
    eligible_nominees: Electorate = Electorate()
    eligible_voters: Electorate = Electorate()


def parse_nomination_config(given: Any, reading: ParseContext) -> dict[str, Any]:
    """Check the nomination table and return it, its lists of people in one format.

    Raises ValueError, naming the first fault.
    """
    read = expect_object(given, '{"voting_duration_days": 5}')
    lists = {}
    for key, value in read.items():
        if key.startswith("eligible_") and isinstance(value, dict):
            plural = {ELECTORATE_ALIASES.get(name, name): one for name, one in value.items()}
            lists[key] = {name: [one] if isinstance(one, str) else one for name, one in plural.items()}
    return parse_parameters(NominationConfig, read | lists, "nomination_config", reading)
