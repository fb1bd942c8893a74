"""What a condition is: a rule as SQL, and when and for whom it is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, Select, SQLColumnExpression, and_, bindparam

from engine.admin.settings import Settings
from engine.people.eligibility import EligibilityPurpose

MAX_PERSON_ID = 2**31 - 1
EVERYBODY = {"after": 0, "upto": MAX_PERSON_ID}  # the parameters of a condition that is asked for all people
ARGUMENT_PREFIX = "arg_"  # begins the columns whose values are stored with an award


@dataclass(frozen=True, slots=True)
class RuleScope:
    """When a rule is asked, and for which reward.

    Dated rules are asked for the days after `since` up to `now`; without `since` for the day of `now` alone.
    """

    dialect: str  # "postgresql" or "sqlite"
    now: datetime  # the planned time, UTC
    since: datetime | None
    zone: ZoneInfo  # the reward's
    settings: Settings
    reward_id: int
    zones: tuple[str | None, ...] = (None,)  # the distinct time zones of the directory; None is the organisation's

    def limit_people(self, person_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
        """Build the condition that keeps to the people of the chunk: their ids are in (after, upto]."""
        return and_(person_id > bindparam("after", type_=Integer), person_id <= bindparam("upto", type_=Integer))


@dataclass(frozen=True, slots=True)
class Condition:
    """A rule as a statement: everybody who meets it.

    `people` selects `person_id`, for a dated rule `occurrence` too, and further columns that begin with
    `ARGUMENT_PREFIX` and are stored with the award. A person appears once for an occurrence. It has the parameters
    `after` and `upto` of `RuleScope.limit_people`.
    """

    people: Select[*tuple[Any, ...]]
    dated: bool = False
    yearly: bool = False  # one award a year, whatever the reward says of repeats
    purpose: EligibilityPurpose = "receive"  # what people must be eligible for


ConditionBuilder = Callable[[Any, RuleScope], Condition]
"""Build the condition of a rule from its parameters, an instance of the class in `engine.rules.parameters`."""
