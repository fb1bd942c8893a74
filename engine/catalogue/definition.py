"""One reward as a catalogue file writes it, in every spelling, and as the `rewards` table keeps it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo, model_validator

from engine.catalogue.fields.appearance import parse_icon, parse_message
from engine.catalogue.fields.audience import parse_conditions, parse_targets
from engine.catalogue.fields.availability import parse_availability_rule
from engine.catalogue.fields.callbacks import parse_callbacks, parse_events, parse_step_callbacks
from engine.catalogue.fields.dates import parse_effective_date, parse_timeframe
from engine.catalogue.fields.nomination import parse_nomination_config
from engine.catalogue.fields.reward_type import parse_reward_type
from engine.catalogue.fields.rules import parse_rules
from engine.catalogue.fields.schedule import parse_job
from engine.catalogue.fields.workflow import parse_challenges, parse_workflow
from engine.parsing.problems import ParseContext, quote_text, suggest_known_name
from engine.parsing.values import parse_names, parse_timezone

MAX_REWARD_ID = 2**31 - 1
MAX_REWARD_POINTS = 1_000_000
MAX_DESCRIPTION_LENGTH = 10_000  # characters
MAX_COOLDOWN_MINUTES = 366 * 24 * 60  # minutes


def _reading(info: ValidationInfo) -> ParseContext:
    assert isinstance(info.context, ParseContext)
    return info.context


def _spelled(read: Callable[[Any, ParseContext], Any]) -> BeforeValidator:
    """Make a field validator of a parse function, which may add warnings."""
    return BeforeValidator(lambda given, info: read(given, _reading(info)))


RewardName = Annotated[str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True)]

TargetList = Annotated[
    list[dict[str, list[Any]]],
    BeforeValidator(lambda given, info: parse_targets(given, str(info.field_name), _reading(info))),
]

CallbackList = Annotated[
    list[str], BeforeValidator(lambda given, info: parse_callbacks(given, str(info.field_name), _reading(info)))
]


class RewardDefinition(BaseModel):
    """A reward of the file. Keys that are not here are kept in `extra`."""

    model_config = ConfigDict(strict=True, extra="allow")

    reward_id: Annotated[int, Field(ge=1, le=MAX_REWARD_ID)]
    reward: RewardName
    description: Annotated[str, StringConstraints(max_length=MAX_DESCRIPTION_LENGTH)] = ""
    points: Annotated[int, Field(ge=0, le=MAX_REWARD_POINTS)] = 10
    reward_type: Annotated[str, _spelled(parse_reward_type), StringConstraints(max_length=64)] = "User Badge"
    reward_category: RewardName
    reward_group: RewardName | None = None
    multiple: bool = False
    timeframe: Annotated[str | None, BeforeValidator(parse_timeframe)] = None
    cooldown_minutes: Annotated[int, Field(ge=0, le=MAX_COOLDOWN_MINUTES)] = 1
    timezone: Annotated[str | None, BeforeValidator(parse_timezone)] = None
    emoji: Annotated[str, StringConstraints(max_length=32)] | None = None
    icon: Annotated[str | None, _spelled(parse_icon), Field(max_length=2048)] = None
    message: Annotated[str | None, _spelled(parse_message)] = None
    effective_date: Annotated[datetime | None, _spelled(parse_effective_date)] = None
    is_enabled: bool = True
    programs: Annotated[list[str], BeforeValidator(parse_names)] = []
    assigner: TargetList = []
    awardee: TargetList = []
    conditions: Annotated[dict[str, Any], _spelled(parse_conditions)] = {}
    availability_rule: Annotated[dict[str, Any], _spelled(parse_availability_rule)] = {}
    rules: Annotated[list[Any], _spelled(parse_rules)] = []
    job: Annotated[dict[str, Any] | None, _spelled(parse_job)] = None
    events: Annotated[list[Any], BeforeValidator(parse_events)] = []
    workflow: Annotated[list[Any], _spelled(parse_workflow)] = []
    challenges: Annotated[list[Any], _spelled(parse_challenges)] = []
    nomination_config: Annotated[dict[str, Any] | None, _spelled(parse_nomination_config)] = None
    awarded_callbacks: CallbackList = []
    completion_callbacks: CallbackList = []
    step_callbacks: Annotated[dict[str, Any], _spelled(parse_step_callbacks)] = {}
    auto_enroll: bool = False
    auto_evaluation: bool = True
    attributes: dict[str, Any] = {}
    teams_webhook: Annotated[str, StringConstraints(max_length=2048)] = ""

    @model_validator(mode="before")
    @classmethod
    def _only_what_is_said(cls, given: Any) -> Any:
        """Drop keys that are null, which means "not said". Move a `cron` outside of a job into a job."""
        if not isinstance(given, dict):
            return given
        said = {key: value for key, value in given.items() if value is not None}
        if "cron" in said and "job" not in said:
            said["job"] = {"trigger": "cron", "cron": said.pop("cron")}
        return said

    @model_validator(mode="after")
    def _fits_together(self, info: ValidationInfo) -> "RewardDefinition":
        steps = [step["step"] for step in self.workflow]
        for step in self.step_callbacks:
            if step not in steps:
                _reading(info).warn(
                    f"step_callbacks: there is no step {quote_text(step)}{suggest_known_name(step, steps)}"
                )
        _reading(info).unknown_keys("the reward", self.extra, DEFINITION_KEYS)
        return self

    @property
    def extra(self) -> dict[str, Any]:
        return self.model_extra or {}

    def columns(self) -> dict[str, Any]:
        """Return the values by the attributes of `engine.rewards.models.Reward`, without the row's own dates."""
        kept = {RENAMED_KEYS.get(key, key): getattr(self, key) for key in DEFINITION_KEYS if key != "teams_webhook"}
        emoji = self.emoji or self.attributes.get("emoji")
        webhook = {"teams_webhook": self.teams_webhook} if self.teams_webhook else {}
        return kept | {
            "emoji": emoji if isinstance(emoji, str) and 0 < len(emoji) <= 32 else None,
            "attributes": self.attributes | webhook,
            "extra": self.extra,
        }


DEFINITION_KEYS = tuple(RewardDefinition.model_fields)
RENAMED_KEYS: Mapping[str, str] = {"reward_id": "id", "reward": "name", "message": "template"}
