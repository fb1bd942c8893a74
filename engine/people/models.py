"""Accounts and people: the accounts that were let go, and the people who are one."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CTE, CheckConstraint, ForeignKey, Index, Select, String, UniqueConstraint, event, select, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db.base import Base, Instant, JsonColumn
from engine.db.statements import get_table
from engine.people.account import Account
from engine.people.name_grams import CREATE_NAME_GRAMS

EMAIL_CHANNEL = "email"  # the channel of the addresses that codes are sent to; news never go there


class UnlinkedAccount(Base):
    """An account that its person let go: no profile ties it again by itself, only a code does."""

    __tablename__ = "unlinked_accounts"
    __table_args__ = (UniqueConstraint("channel", "tenant", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    tenant: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(128))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))  # whose it was
    at: Mapped[datetime] = mapped_column(Instant)


class Merge(Base):
    """An administrator said that two people of the directory are one. `moved` names the rows that changed hands."""

    __tablename__ = "merges"
    __table_args__ = (
        Index(
            "uq_merges_merged_id",
            "merged_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
            sqlite_where=text("undone_at IS NULL"),
        ),
        Index("ix_merges_kept_id", "kept_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("people.id"))  # inactive as long as the merge stands
    kept_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    moved: Mapped[dict[str, Any]] = mapped_column(JsonColumn)  # "table.column": the keys of its rows
    at: Mapped[datetime] = mapped_column(Instant)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)


def select_merge_chain(people: Select[int]) -> CTE:
    """Select the ids of `people` (one column "id") and of those they were merged into, however often."""
    line = people.cte(recursive=True)
    into = select(Merge.kept_id).join(line, Merge.merged_id == line.c.id).where(Merge.undone_at.is_(None))
    return line.union(into)


MAX_EMAIL_LENGTH = 254  # characters


class Person(Base):
    """A colleague in the directory."""

    __tablename__ = "people"
    __table_args__ = (
        Index("ix_people_folded_name", "folded_name"),
        Index("ix_people_name_beginning", "folded_name", postgresql_ops={"folded_name": "varchar_pattern_ops"}),
        Index("ix_people_email_beginning", "email", postgresql_ops={"email": "varchar_pattern_ops"}),
        Index(
            "ix_people_name_grams",
            text("name_grams(folded_name, first_name, last_name)"),
            postgresql_using="gin",
        ).ddl_if("postgresql"),
        Index("ix_people_manager_id", "manager_id"),
        CheckConstraint("role IN ('admin', 'member')", name="role"),
        CheckConstraint("kind IN ('employee', 'guest', 'bot')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(MAX_EMAIL_LENGTH), unique=True)  # lower case
    employee_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    display_name: Mapped[str]
    folded_name: Mapped[str] = mapped_column(default="")  # without case and accents, for finding
    job_code: Mapped[str | None]
    title: Mapped[str | None]
    department: Mapped[str | None]
    groups: Mapped[list[str]] = mapped_column(JsonColumn, default=list)
    programs: Mapped[list[str]] = mapped_column(JsonColumn, default=list)
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
    attributes: Mapped[dict[str, Any]] = mapped_column(JsonColumn, default=dict)
    no_birthday_post: Mapped[bool] = mapped_column(default=False)
    no_public_kudos: Mapped[bool] = mapped_column(default=False)
    not_on_boards: Mapped[bool] = mapped_column(default=False)
    direct_news: Mapped[bool] = mapped_column(default=True)  # hears directly of what was given to them
    role: Mapped[str] = mapped_column(default="member")
    admitted_by: Mapped[str | None] = mapped_column(String(16))  # the channel whose workspace brought them; else NULL
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


event.listen(get_table(Person), "before_create", CREATE_NAME_GRAMS)


class Identity(Base):
    """An account of a person on a channel: (channel, tenant, external id).

    `alias` is a second id of the same account, and `details` what the channel needs to reach it: both are the
    adapter's to keep.
    """

    __tablename__ = "identities"
    __table_args__ = (
        UniqueConstraint("channel", "tenant", "external_id"),
        Index("ix_identities_person_id", "person_id"),
        Index("ix_identities_alias", "channel", "tenant", "alias"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    channel: Mapped[str] = mapped_column(String(16))
    tenant: Mapped[str] = mapped_column(String(64), default="")
    external_id: Mapped[str] = mapped_column(String(128))
    alias: Mapped[str | None] = mapped_column(String(128))
    details: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    linked_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    preferred_at: Mapped[datetime | None] = mapped_column(
        Instant
    )  # since when direct news go here, by the person's wish
    left_at: Mapped[datetime | None] = mapped_column(Instant)  # since when its workspace says that they are gone

    @property
    def account(self) -> Account:
        return Account(self.channel, self.tenant, self.external_id)
