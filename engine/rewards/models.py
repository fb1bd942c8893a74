"""Tables of what can be given: reward types, categories, groups, and the rewards themselves."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant, JsonColumn

MAX_REWARD_NAME_LENGTH = 255  # characters


class RewardType(Base):
    __tablename__ = "reward_types"
    reward_type: Mapped[str] = mapped_column(String(64), primary_key=True)
    description: Mapped[str] = mapped_column(default="")


class RewardCategory(Base):
    __tablename__ = "reward_categories"
    reward_category: Mapped[str] = mapped_column(String(255), primary_key=True)


class RewardGroup(Base):
    __tablename__ = "reward_groups"
    reward_group: Mapped[str] = mapped_column(String(255), primary_key=True)


class Reward(Base):
    """A definition in the catalogue: a badge, a lottery, a campaign…"""

    __tablename__ = "rewards"
    __table_args__ = (
        CheckConstraint("points >= 0", name="points"),
        Index("ix_rewards_folded_name", "folded_name"),
    )

    id: Mapped[int] = mapped_column("reward_id", primary_key=True)
    name: Mapped[str] = mapped_column("reward", String(255))
    folded_name: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    points: Mapped[int] = mapped_column(default=10)
    reward_type: Mapped[str] = mapped_column(ForeignKey("reward_types.reward_type"))
    reward_category: Mapped[str | None] = mapped_column(ForeignKey("reward_categories.reward_category"))
    reward_group: Mapped[str | None] = mapped_column(ForeignKey("reward_groups.reward_group"))
    multiple: Mapped[bool] = mapped_column(default=False)
    timeframe: Mapped[str | None]
    cooldown_minutes: Mapped[int] = mapped_column(default=1)
    timezone: Mapped[str | None]
    emoji: Mapped[str | None]
    icon: Mapped[str | None]
    template: Mapped[str | None]  # the catalogue's `message`, sandboxed Jinja2
    template_revision: Mapped[int] = mapped_column(default=1)
    effective_date: Mapped[datetime | None] = mapped_column(Instant)
    is_enabled: Mapped[bool] = mapped_column(default=True)
    programs: Mapped[list[str]] = mapped_column(JsonColumn, default=list)
    assigner: Mapped[list[Any]] = mapped_column(JsonColumn, default=list)
    awardee: Mapped[list[Any]] = mapped_column(JsonColumn, default=list)
    conditions: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)
    availability_rule: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)
    rules: Mapped[list[Any]] = mapped_column(JsonColumn, default=list)  # [[name, params], …], normalised
    job: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)  # normalised: trigger and its arguments
    events: Mapped[list[Any]] = mapped_column(JsonColumn, default=list)
    workflow: Mapped[list[Any]] = mapped_column(JsonColumn, default=list)
    challenges: Mapped[list[Any]] = mapped_column(JsonColumn, default=list)
    nomination_config: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    awarded_callbacks: Mapped[list[str]] = mapped_column(JsonColumn, default=list)
    completion_callbacks: Mapped[list[str]] = mapped_column(JsonColumn, default=list)
    step_callbacks: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)
    auto_enroll: Mapped[bool] = mapped_column(default=False)
    auto_evaluation: Mapped[bool] = mapped_column(default=True)
    attributes: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)
    extra: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)  # unknown keys, kept as they came
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def comes_by_itself(self) -> bool:
        """Return whether the reward is given automatically: by a rule, a schedule, an event, steps, a vote."""
        sources = (self.rules, self.job, self.events, self.workflow, self.challenges, self.nomination_config)
        return any(sources)


class RewardTemplate(Base):
    """Each revision of a reward's message, so that an old award still says what it said."""

    __tablename__ = "reward_templates"
    reward_id: Mapped[int] = mapped_column(ForeignKey("rewards.reward_id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    template: Mapped[str]
