"""Who there is: the directory and the accounts that people have on the channels."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant, Json


class Person(Base):
    """A colleague in the directory."""

    __tablename__ = "people"
    __table_args__ = (
        Index("ix_people_folded_name", "folded_name"),
        Index("ix_people_manager_id", "manager_id"),
        CheckConstraint("role IN ('admin', 'member')", name="role"),
        CheckConstraint("kind IN ('employee', 'guest', 'bot')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)  # lower case
    employee_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    display_name: Mapped[str]
    folded_name: Mapped[str] = mapped_column(default="")  # without case and accents, for finding
    job_code: Mapped[str | None]
    title: Mapped[str | None]
    department: Mapped[str | None]
    groups: Mapped[list[str]] = mapped_column(Json, default=list)
    programs: Mapped[list[str]] = mapped_column(Json, default=list)
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    start_date: Mapped[date | None]
    birth_month: Mapped[int | None]
    birth_day: Mapped[int | None]
    birth_year: Mapped[int | None]
    timezone: Mapped[str | None]
    locale: Mapped[str | None]
    worker_type: Mapped[str | None]
    kind: Mapped[str] = mapped_column(default="employee")
    active: Mapped[bool] = mapped_column(default=True)
    attributes: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    no_birthday_post: Mapped[bool] = mapped_column(default=False)
    no_public_kudos: Mapped[bool] = mapped_column(default=False)
    not_on_boards: Mapped[bool] = mapped_column(default=False)
    direct_news: Mapped[bool] = mapped_column(default=True)  # hears directly of what was given to them
    role: Mapped[str] = mapped_column(default="member")
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class Identity(Base):
    """An account of a person on a channel: (channel, tenant, external id)."""

    __tablename__ = "identities"
    __table_args__ = (
        UniqueConstraint("channel", "tenant", "external_id"),
        Index("ix_identities_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    channel: Mapped[str] = mapped_column(String(16))
    tenant: Mapped[str] = mapped_column(String(64), default="")
    external_id: Mapped[str] = mapped_column(String(128))
    linked_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
