"""Rules that catalogues name, and the parameters of each.

The meaning of a parameter is documented where the rule acts.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

PositiveCount = Annotated[int, Field(ge=1, le=1_000_000)]

NonNegativeCount = Annotated[int, Field(ge=0, le=1_000_000)]

UnitFraction = Annotated[float, Field(ge=0, le=1)]

NameList = list[str] | str

ComparisonOperator = Literal["gte", "gt", "lte", "lt", "eq", "ne"]


class RuleParameters(BaseModel):
    """What one rule takes; other keys are kept, and warned of by the reader."""

    model_config = ConfigDict(strict=True, extra="allow")

    @classmethod
    def remarks(cls, given: Mapping[str, Any]) -> Iterator[str]:
        """Yield remarks on values that are well formed and still will not do what they say."""
        yield from ()


class AchievementRule(RuleParameters):
    function_path: str = ""
    achievement_name: str = ""
    threshold: int | float = 0
    operator: ComparisonOperator = "gte"
    function_params: dict[str, Any] = {}

    @classmethod
    def remarks(cls, given: Mapping[str, Any]) -> Iterator[str]:
        if not given.get("function_path") and not given.get("achievement_name"):
            yield "it names no function"


class AttendanceRule(RuleParameters):
    dataset: str = ""
    count: PositiveCount = 1
    unit: Literal["day", "week", "month"] = "day"
    period_type: Literal["fixed", "rolling"] = "fixed"
    filter_by: str = "attendance_date"
    match: Literal["perfect", "partial"] = "perfect"
    deviation: NonNegativeCount = 2
    only_weekdays: bool = True
    employee_identifier: str = "employee_id"

    @classmethod
    def remarks(cls, given: Mapping[str, Any]) -> Iterator[str]:
        if not given.get("dataset"):
            yield "it names no dataset"


class DirectoryRuleParameters(RuleParameters):
    """Rules that once named a database table and now read the directory."""

    column: str = ""
    table: str = ""
    employee_id: str = ""

    @classmethod
    def remarks(cls, given: Mapping[str, Any]) -> Iterator[str]:
        if given.get("table"):
            yield "it names a database table; the directory is read instead"


class EmploymentAnniversary(DirectoryRuleParameters):
    starting_year: PositiveCount = 1


class WorkAnniversary(RuleParameters):
    years: PositiveCount = 1


class DrawFilters(RuleParameters):
    departments: NameList = []
    job_codes: NameList = []
    min_tenure_days: NonNegativeCount = 0


class DrawWeights(RuleParameters):
    department_weights: dict[str, int | float] = {}
    tenure_weights: dict[str, int | float] = {}


class RandomUsers(RuleParameters):
    count: PositiveCount = 1
    filters: DrawFilters = DrawFilters()
    weights: DrawWeights = DrawWeights()
    exclude_recent_winners: bool = False
    recent_winner_days: NonNegativeCount = 7
    current_reward_id: int = 0


class BestSeller(RuleParameters):
    column: str = ""
    count: PositiveCount = 1


CountedPeriod = Literal[
    "all_time",
    "this_week", "this_month", "this_quarter", "this_year", "last_week", "last_month", "last_quarter", "last_year",
]  # fmt: skip


class CountedActivity(RuleParameters):
    """What is counted in a calendar period, or in the last `days` days (0: at any time)."""

    period: CountedPeriod = "all_time"
    days: NonNegativeCount = 0

    @classmethod
    def remarks(cls, given: Mapping[str, Any]) -> Iterator[str]:
        if given.get("days") and given.get("period", "all_time") != "all_time":
            yield "it has a period and days; the period is counted"


class BadgeCountRule(CountedActivity):
    count: PositiveCount = 1
    category: NameList = []
    reward_type: NameList = []
    reward_ids: list[int] = []


class KudosReceivedRule(CountedActivity):
    count: PositiveCount = 1
    tag: NameList = []


class KudosGivenRule(CountedActivity):
    count: PositiveCount = 1
    tag: NameList = []


class PointsReachedRule(CountedActivity):
    points: Annotated[int, Field(ge=1, le=1_000_000_000)] = 100


class StreakRule(RuleParameters):
    activity: Literal["kudos_given", "kudos_received"] = "kudos_given"
    count: Annotated[int, Field(ge=1, le=366)] = 4
    unit: Literal["day", "week"] = "week"
    only_weekdays: bool = True


class FirstTimeRule(RuleParameters):
    activity: Literal["kudos_given", "kudos_received", "badge_given", "badge_received"] = "kudos_given"


class CollectionRule(RuleParameters):
    collective_id: int = 0
    award_bonus_badge: bool = True
    check_seasonal: bool = True
    notify_near_complete: bool = False
    near_complete_threshold: UnitFraction = 0.75


class CollectionProgressRule(RuleParameters):
    rebuild: bool = False


class DirectManagerRule(RuleParameters):
    manager_field: str = ""
    allow_without_manager: bool = False


class HierarchyRelationshipRule(RuleParameters):
    relationships: NameList = []
    assigner_id_fields: NameList = []
    receiver_id_fields: NameList = []
    allow_indirect_manager: bool = True
    manager_config: dict[str, Any] = {}


class OptimalTimingRule(RuleParameters):
    min_score: Annotated[int, Field(ge=1, le=10)] = 8


class WeekPositionRule(RuleParameters):
    target_week: Literal["first", "second", "third", "fourth", "last"] = "first"


class BusinessDaysRemainingRule(RuleParameters):
    max_days: PositiveCount = 3


class NominationEligibilityRule(RuleParameters):
    check_tenure: bool = False
    min_tenure_days: NonNegativeCount = 30
    check_recent_winners: bool = False
    recent_winner_months: NonNegativeCount = 6
    check_performance: bool = False
    required_job_codes: NameList = []
    excluded_job_codes: NameList = []


class NominationPhaseRule(RuleParameters):
    required_phase: str = "nomination"
    campaign_id: int = 0


class BoxEligibility(RuleParameters):
    min_tenure_days: NonNegativeCount = 0
    groups: NameList = []
    job_codes: NameList = []
    exclude_recent_winners_days: NonNegativeCount = 0


class PrizePool(RuleParameters):
    category_ids: list[int] = []
    tier_ids: list[int] = []
    min_value: int | float = 0
    max_value: int | float = 0


class MysteryBoxRule(RuleParameters):
    winner_count: PositiveCount = 1
    expires_in_days: PositiveCount = 30
    tier_boost: dict[str, int | float] = {}
    eligibility: BoxEligibility = BoxEligibility()
    prize_pool_filter: PrizePool = PrizePool()


PARAMETERS_BY_RULE: Mapping[str, type[RuleParameters]] = {
    shape.__name__: shape
    for shape in (
        AchievementRule, AttendanceRule, EmploymentAnniversary, WorkAnniversary, RandomUsers, BestSeller,
        BadgeCountRule, KudosReceivedRule, KudosGivenRule, PointsReachedRule, StreakRule, FirstTimeRule,
        CollectionRule, CollectionProgressRule, DirectManagerRule, HierarchyRelationshipRule, OptimalTimingRule,
        WeekPositionRule, BusinessDaysRemainingRule, NominationEligibilityRule, NominationPhaseRule, MysteryBoxRule,
    )
} | {"Birthday": DirectoryRuleParameters} | dict.fromkeys(
    (
        "EmploymentDuration", "EarlyBirdRule", "MidWeekMotivatorRule", "QuarterEndChampionRule", "SeasonalBonusRule",
        "ComplexEnvironmentalRule", "PayPeriodPerformanceRule", "MonthlyMilestoneRule",
    ),
    RuleParameters,
)  # fmt: skip

FUNCTION_PREFIX = "rewards.functions."

KNOWN_FUNCTIONS = frozenset(
    {
        "engagement.get_login_streak", "engagement.get_total_logins", "engagement.get_session_duration_average",
        "rewards.get_badges_earned_count", "rewards.get_points_earned", "training.check_product_knowledge",
        "training.check_sales_techniques", "training.check_customer_service", "training.check_closing_deals",
        "training.check_final_assessment",
    }
)  # fmt: skip
