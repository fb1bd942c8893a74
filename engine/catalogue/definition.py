"""One reward as a catalogue file writes it, in every spelling, and as the `rewards` table keeps it."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo, model_validator

from engine import periods
from engine.catalogue.fields import audience, callbacks, nomination, schedule
from engine.catalogue.fields import availability as fields_availability
from engine.catalogue.fields import reward_type as fields_reward_type
from engine.catalogue.fields import rules as fields_rules
from engine.catalogue.fields import workflow as fields_workflow
from engine.errors import BadInput
from engine.parsing import values
from engine.parsing.problems import Reading, meant, quoted
from engine.rewards import templates as rewards_templates

ICONS = Path(__file__).parent.parent / "starter" / "icons"

LARGEST_ID = 2**31 - 1

MOST_POINTS = 1_000_000

LONGEST_DESCRIPTION = 10_000  # characters

LONGEST_COOLDOWN = 366 * 24 * 60  # minutes


def _reading(info: ValidationInfo) -> Reading:
    assert isinstance(info.context, Reading)
    return info.context


def _spelled(read: Callable[[Any, Reading], Any]) -> BeforeValidator:
    """A field that is read by a function of ours, which may warn."""
    return BeforeValidator(lambda given, info: read(given, _reading(info)))


def _targets(given: Any, info: ValidationInfo) -> Any:
    return audience.targets(given, str(info.field_name), _reading(info))


def _callbacks(given: Any, info: ValidationInfo) -> Any:
    return callbacks.callbacks(given, str(info.field_name), _reading(info))


def _timeframe(given: Any) -> str | None:
    words = given.strip().lower() if isinstance(given, str) else given
    if words in ("", "none"):
        return None
    if isinstance(words, str) and periods.is_calendar(words):
        return words
    if isinstance(words, str) and (window := periods.sliding(words)):
        return f"{window.unit}:{window.count}"
    known = [*periods.CALENDAR, *periods.UNITS]
    raise ValueError(f"{quoted(given)} is none of {', '.join(known)} (hours:2 for a number of them)")


def _effective_date(given: Any, reading: Reading) -> datetime:
    read = datetime.fromisoformat(values.instant(given))
    return read if read.tzinfo else read.replace(tzinfo=reading.zone)


def _message(given: Any, reading: Reading) -> Any:
    if isinstance(given, str):
        try:
            rewards_templates.check(given)
        except BadInput as error:
            raise ValueError(str(error)) from None
        for sentence in rewards_templates.unknown_fields(given):
            reading.warn(sentence)
    return given or None


def _icon(given: Any, reading: Reading) -> Any:
    """An address on the web, or one of the files that come with the product: `icons/x.png`, kept as `/icons/x.png`."""
    if not isinstance(given, str) or re.fullmatch(r"https?://[^\s\"'<>\\]+", given) or not given:
        return given or None
    path = given.removeprefix("/")
    if not re.fullmatch(r"[\w-]+(/[\w-]+)*\.\w{1,5}", path, re.ASCII):
        raise ValueError(f"{quoted(given)} is no https address and no path such as icons/team-player.png")
    served = [f"icons/{file.name}" for file in ICONS.iterdir()]
    if path not in served:
        reading.warn(f"icon: there is no file {quoted(given)}{meant(path, served)}")
    return f"/{path}"


def _conditions(given: Any, reading: Reading) -> Any:
    if isinstance(given, dict):
        audience.warn_of_near_misses(given, "conditions", reading)
    return given


Name = Annotated[str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True)]

Targets = Annotated[list[dict[str, list[Any]]], BeforeValidator(_targets)]

Callbacks = Annotated[list[str], BeforeValidator(_callbacks)]


class Definition(BaseModel):
    """A reward of the file. Keys that are not here are kept in `extra`."""

    model_config = ConfigDict(strict=True, extra="allow")

    reward_id: Annotated[int, Field(ge=1, le=LARGEST_ID)]
    reward: Name
    description: Annotated[str, StringConstraints(max_length=LONGEST_DESCRIPTION)] = ""
    points: Annotated[int, Field(ge=0, le=MOST_POINTS)] = 10
    reward_type: Annotated[str, _spelled(fields_reward_type.spelled), StringConstraints(max_length=64)] = "User Badge"
    reward_category: Name
    reward_group: Name | None = None
    multiple: bool = False
    timeframe: Annotated[str | None, BeforeValidator(_timeframe)] = None
    cooldown_minutes: Annotated[int, Field(ge=0, le=LONGEST_COOLDOWN)] = 1
    timezone: Annotated[str | None, BeforeValidator(values.time_zone)] = None
    emoji: Annotated[str, StringConstraints(max_length=32)] | None = None
    icon: Annotated[str | None, _spelled(_icon), Field(max_length=2048)] = None
    message: Annotated[str | None, _spelled(_message)] = None
    effective_date: Annotated[datetime | None, _spelled(_effective_date)] = None
    is_enabled: bool = True
    programs: Annotated[list[str], BeforeValidator(values.names)] = []
    assigner: Targets = []
    awardee: Targets = []
    conditions: Annotated[dict[str, Any], _spelled(_conditions)] = {}
    availability_rule: Annotated[dict[str, Any], _spelled(fields_availability.availability_rule)] = {}
    rules: Annotated[list[Any], _spelled(fields_rules.rules)] = []
    job: Annotated[dict[str, Any] | None, _spelled(schedule.job)] = None
    events: Annotated[list[Any], BeforeValidator(callbacks.events)] = []
    workflow: Annotated[list[Any], _spelled(fields_workflow.workflow)] = []
    challenges: Annotated[list[Any], _spelled(fields_workflow.challenges)] = []
    nomination_config: Annotated[dict[str, Any] | None, _spelled(nomination.nomination_config)] = None
    awarded_callbacks: Callbacks = []
    completion_callbacks: Callbacks = []
    step_callbacks: Annotated[dict[str, Any], _spelled(callbacks.step_callbacks)] = {}
    auto_enroll: bool = False
    auto_evaluation: bool = True
    attributes: dict[str, Any] = {}
    teams_webhook: Annotated[str, StringConstraints(max_length=2048)] = ""

    @model_validator(mode="before")
    @classmethod
    def _only_what_is_said(cls, given: Any) -> Any:
        """null means "not said"; a `cron` outside of a job is a job."""
        if not isinstance(given, dict):
            return given
        said = {key: value for key, value in given.items() if value is not None}
        if "cron" in said and "job" not in said:
            said["job"] = {"trigger": "cron", "cron": said.pop("cron")}
        return said

    @model_validator(mode="after")
    def _fits_together(self, info: ValidationInfo) -> "Definition":
        steps = [step["step"] for step in self.workflow]
        for step in self.step_callbacks:
            if step not in steps:
                _reading(info).warn(f"step_callbacks: there is no step {quoted(step)}{meant(step, steps)}")
        _reading(info).unknown_keys("the reward", self.extra, KEYS)
        return self

    @property
    def extra(self) -> dict[str, Any]:
        return self.model_extra or {}

    def columns(self) -> dict[str, Any]:
        """The values by the attributes of `engine.catalogue.Reward`, without the dates of the row itself."""
        kept = {RENAMED.get(key, key): getattr(self, key) for key in KEYS if key != "teams_webhook"}
        webhook = {"teams_webhook": self.teams_webhook} if self.teams_webhook else {}
        return kept | {
            "emoji": self.emoji or _own_emoji(self.attributes),
            "attributes": self.attributes | webhook,
            "extra": self.extra,
        }


KEYS = tuple(Definition.model_fields)

RENAMED: Mapping[str, str] = {"reward_id": "id", "reward": "name", "message": "template"}


def _own_emoji(attributes: Mapping[str, Any]) -> str | None:
    emoji = attributes.get("emoji")
    return emoji if isinstance(emoji, str) and 0 < len(emoji) <= 32 else None
