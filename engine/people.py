"""Who there is: the directory and the accounts that people have on the channels."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engine import audit
from engine.db import Base, Instant, Json, insert


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


def normal_email(email: str) -> str:
    """The one spelling in which an e-mail address is stored and looked up."""
    return email.strip().lower()


def is_colleague() -> ColumnElement[bool]:
    """Active, and neither a guest nor a bot."""
    return and_(Person.active, Person.kind == "employee")


async def get(session: AsyncSession, person_id: int) -> Person | None:
    return await session.get(Person, person_id)


async def linked(session: AsyncSession, *, channel: str, tenant: str, accounts: Collection[str]) -> set[str]:
    """Which of `accounts` belong to somebody already."""
    found = await session.scalars(
        select(Identity.external_id).where(
            Identity.channel == channel,
            Identity.tenant == tenant,
            Identity.external_id.in_(accounts),
        )
    )
    return set(found)


async def link_by_email(
    session: AsyncSession, *, channel: str, tenant: str, account: str, email: str, now: datetime
) -> Person | None:
    """Tie an account to the active colleague of that e-mail; return the person whom the account belongs to.

    The channel must have verified `email`. An account that is tied already stays with its person, whatever the e-mail
    says. None where that person, or the one of the e-mail, is nobody, a guest, a bot or a leaver.
    """
    owner = select(Person.id).where(Person.email == normal_email(email), is_colleague())
    identity = owner.add_columns(
        literal(channel), literal(tenant), literal(account), literal(now, Instant), literal(now, Instant)
    )
    columns = ("person_id", "channel", "tenant", "external_id", "linked_at", "seen_at")
    await session.execute(insert(session, Identity).from_select(columns, identity).on_conflict_do_nothing())
    return await session.scalar(
        select(Person)
        .join(Identity, Identity.person_id == Person.id)
        .where(Identity.channel == channel, Identity.tenant == tenant, Identity.external_id == account, is_colleague())
    )


async def make_admins(session: AsyncSession, emails: Iterable[str], now: datetime) -> list[str]:
    """Make administrators of the colleagues whom the environment names (ADMINS). Twice is once.

    Returns the e-mails that no active colleague has, in the order given. Nobody loses the role here.
    """
    named = list(dict.fromkeys(filter(None, map(normal_email, emails))))
    colleagues = select(Person).where(Person.email.in_(named), is_colleague()).order_by(Person.id)
    members = await session.scalars(
        colleagues.where(Person.role == "member")
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    for person in members.all():
        person.role = "admin"
        audit.record(
            session,
            "person.role",
            f"person:{person.id}",
            now,
            actor_id=None,
            origin="env",
            before={"role": "member"},
            after={"role": "admin"},
        )
    known = set(await session.scalars(colleagues.with_only_columns(Person.email).order_by(None)))
    return [email for email in named if email not in known]
