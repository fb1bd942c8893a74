"""The rules that catalogues name, and what each of them takes. What a parameter means is told where the rule acts."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=1, le=1_000_000)]

Whole = Annotated[int, Field(ge=0, le=1_000_000)]

Share = Annotated[float, Field(ge=0, le=1)]

Names = list[str] | str

Operator = Literal["gte", "gt", "lte", "lt", "eq", "ne"]


class Parameters(BaseModel):
    """What one rule takes; other keys are kept, and warned of by the reader."""

    model_config = ConfigDict(strict=True, extra="allow")

    @classmethod
    def remarks(cls, given: Mapping[str, Any]) -> Iterator[str]:
        """What is well formed and still will not do what it says."""
        yield from ()


class AchievementRule(Parameters):
    function_path: str = ""
    achievement_name: str = ""
    threshold: int | float = 0
    operator: Operator = "gte"
    function_params: dict[str, Any] = {}

    @classmethod
    def remarks(cls, given: Mapping[str, Any]) -> Iterator[str]:
        if not given.get("function_path") and not given.get("achievement_name"):
            yield "it names no function"


class AttendanceRule(Parameters):
    dataset: str = ""
    count: Count = 1
    unit: Literal["day", "week", "month"] = "day"
    period_type: Literal["fixed", "rolling"] = "fixed"
    filter_by: str = "attendance_date"
    match: Literal["perfect", "partial"] = "perfect"
    deviation: Whole = 2
    only_weekdays: bool = True
    employee_identifier: str = "employee_id"

    @classmethod
    def remarks(cls, given: Mapping[str, Any]) -> Iterator[str]:
        if not given.get("dataset"):
            yield "it names no dataset"


class OfTheDirectory(Parameters):
    """Rules that once named a database table and now read the directory."""

    column: str = ""
    table: str = ""
    employee_id: str = ""

    @classmethod
    def remarks(cls, given: Mapping[str, Any]) -> Iterator[str]:
        if given.get("table"):
            yield "it names a database table; the directory is read instead"


class EmploymentAnniversary(OfTheDirectory):
    starting_year: Count = 1


class WorkAnniversary(Parameters):
    years: Count = 1


class DrawFilters(Parameters):
    departments: Names = []
    job_codes: Names = []
    min_tenure_days: Whole = 0


class DrawWeights(Parameters):
    department_weights: dict[str, int | float] = {}
    tenure_weights: dict[str, int | float] = {}


class RandomUsers(Parameters):
    count: Count = 1
    filters: DrawFilters = DrawFilters()
    weights: DrawWeights = DrawWeights()
    exclude_recent_winners: bool = False
    recent_winner_days: Whole = 7
    current_reward_id: int = 0


class BestSeller(Parameters):
    column: str = ""
    count: Count = 1


class CollectionRule(Parameters):
    collective_id: int = 0
    award_bonus_badge: bool = True
    check_seasonal: bool = True
    notify_near_complete: bool = False
    near_complete_threshold: Share = 0.75


class CollectionProgressRule(Parameters):
    rebuild: bool = False


class DirectManagerRule(Parameters):
    manager_field: str = ""
    allow_without_manager: bool = False


class HierarchyRelationshipRule(Parameters):
    relationships: Names = []
    assigner_id_fields: Names = []
    receiver_id_fields: Names = []
    allow_indirect_manager: bool = True
    manager_config: dict[str, Any] = {}


class OptimalTimingRule(Parameters):
    min_score: Annotated[int, Field(ge=1, le=10)] = 8


class WeekPositionRule(Parameters):
    target_week: Literal["first", "second", "third", "fourth", "last"] = "first"


class BusinessDaysRemainingRule(Parameters):
    max_days: Count = 3


class NominationEligibilityRule(Parameters):
    check_tenure: bool = False
    min_tenure_days: Whole = 30
    check_recent_winners: bool = False
    recent_winner_months: Whole = 6
    check_performance: bool = False
    required_job_codes: Names = []
    excluded_job_codes: Names = []


class NominationPhaseRule(Parameters):
    required_phase: str = "nomination"
    campaign_id: int = 0


class BoxEligibility(Parameters):
    min_tenure_days: Whole = 0
    groups: Names = []
    job_codes: Names = []
    exclude_recent_winners_days: Whole = 0


class PrizePool(Parameters):
    category_ids: list[int] = []
    tier_ids: list[int] = []
    min_value: int | float = 0
    max_value: int | float = 0


class MysteryBoxRule(Parameters):
    winner_count: Count = 1
    expires_in_days: Count = 30
    tier_boost: dict[str, int | float] = {}
    eligibility: BoxEligibility = BoxEligibility()
    prize_pool_filter: PrizePool = PrizePool()


PARAMETERS: Mapping[str, type[Parameters]] = {
    shape.__name__: shape
    for shape in (
        AchievementRule, AttendanceRule, EmploymentAnniversary, WorkAnniversary, RandomUsers, BestSeller,
        CollectionRule, CollectionProgressRule, DirectManagerRule, HierarchyRelationshipRule, OptimalTimingRule,
        WeekPositionRule, BusinessDaysRemainingRule, NominationEligibilityRule, NominationPhaseRule, MysteryBoxRule,
    )
} | {"Birthday": OfTheDirectory} | dict.fromkeys(
    (
        "EmploymentDuration", "EarlyBirdRule", "MidWeekMotivatorRule", "QuarterEndChampionRule", "SeasonalBonusRule",
        "ComplexEnvironmentalRule", "PayPeriodPerformanceRule", "MonthlyMilestoneRule",
    ),
    Parameters,
)  # fmt: skip

FUNCTION_PREFIX = "rewards.functions."

FUNCTIONS = frozenset(
    {
        "engagement.get_login_streak", "engagement.get_total_logins", "engagement.get_session_duration_average",
        "rewards.get_badges_earned_count", "rewards.get_points_earned", "training.check_product_knowledge",
        "training.check_sales_techniques", "training.check_customer_service", "training.check_closing_deals",
        "training.check_final_assessment",
    }
)  # fmt: skip
