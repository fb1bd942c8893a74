"""Accounts and people: an account's name, the accounts that were let go, and the people who are one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ForeignKey, Index, Select, String, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant, Json

EMAIL = "email"  # the channel of the addresses that codes are sent to; news never go there


@dataclass(frozen=True, slots=True)
class Account:
    """An account on a channel, whether it is somebody's or not."""

    channel: str
    tenant: str
    external_id: str


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
    moved: Mapped[dict[str, Any]] = mapped_column(Json)  # "table.column": the keys of its rows
    at: Mapped[datetime] = mapped_column(Instant)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)


def lineage(people: Select[int]) -> CTE:
    """The ids of `people` (one column "id"), and of those whom they were merged into, however often."""
    line = people.cte(recursive=True)
    into = select(Merge.kept_id).join(line, Merge.merged_id == line.c.id).where(Merge.undone_at.is_(None))
    return line.union(into)
