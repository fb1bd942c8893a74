"""Who there is: the directory and the accounts that people have on the channels."""

import re
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    UniqueConstraint,
    and_,
    exists,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant, Json, insert
from engine.ties import Merge, UnlinkedAccount, lineage

ACCOUNTS = "identities.person_id"  # among what a merge moved
EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+")
LONGEST_EMAIL = 254  # characters


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
    email: Mapped[str | None] = mapped_column(String(LONGEST_EMAIL), unique=True)  # lower case
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
    admitted_by: Mapped[str | None] = mapped_column(String(16))  # the channel whose workspace brought them; else NULL
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


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
    details: Mapped[dict[str, Any] | None] = mapped_column(Json)
    linked_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    preferred_at: Mapped[datetime | None] = mapped_column(
        Instant
    )  # since when direct news go here, by the person's wish
    left_at: Mapped[datetime | None] = mapped_column(Instant)  # since when its workspace says that they are gone


def normal_email(email: str) -> str:
    """The one spelling in which an e-mail address is stored and looked up."""
    return email.strip().lower()


def is_email(email: str) -> bool:
    """Whether it is written like one address, and nothing beside it."""
    return len(email) <= LONGEST_EMAIL and email.isprintable() and bool(EMAIL.fullmatch(email))


def is_colleague() -> ColumnElement[bool]:
    """Active, and neither a guest nor a bot."""
    return and_(Person.active, Person.kind == "employee")


def owner_of(email: str) -> Select[int]:
    """The id of the colleague of that address; of the one who was kept, where people were merged."""
    return select(Person.id).where(Person.id.in_(select(_line_of(email).c.id)), is_colleague())


def _line_of(email: str) -> CTE:
    return lineage(select(Person.id).where(Person.email == normal_email(email)))


async def get(session: AsyncSession, person_id: int) -> Person | None:
    """The person, or whom they were merged into; None where nobody has that number."""
    person = await session.get(Person, person_id)
    if person is None or person.active:
        return person
    line = lineage(select(Person.id).where(Person.id == person_id))
    kept = await session.scalar(select(Person).where(Person.id.in_(select(line.c.id)), Person.active))
    return kept or person


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


async def behind(session: AsyncSession, *, channel: str, tenant: str, accounts: Collection[str]) -> dict[str, Person]:
    """Who is behind each of `accounts`, where somebody is; leavers, guests and bots too."""
    found = await session.execute(
        select(Identity.external_id, Person)
        .join(Person, Person.id == Identity.person_id)
        .where(Identity.channel == channel, Identity.tenant == tenant, Identity.external_id.in_(accounts))
    )
    return {account: person for account, person in found}


async def link_by_email(
    session: AsyncSession,
    *,
    channel: str,
    tenant: str,
    account: str,
    email: str,
    now: datetime,
    locale: str | None = None,
    timezone: str | None = None,
) -> Person | None:
    """Tie an account to the active colleague of that e-mail; return the person whom the account belongs to.

    The channel must have verified `email`. An account that is tied already stays with its person, whatever the e-mail
    says; one that its person let go is tied by a code only. None where that person, or the one of the e-mail, is
    nobody, a guest, a bot or a leaver.

    `locale` ("es-MX") and `timezone` (an IANA name) are what the channel knows of the person. They are what people
    choose for themselves, so they are kept over those of an import, at each look-up anew; None leaves what is there.
    """
    let_go = (UnlinkedAccount.channel == channel, UnlinkedAccount.tenant == tenant)
    owner = owner_of(email).where(~exists().where(*let_go, UnlinkedAccount.external_id == account))
    identity = owner.add_columns(
        literal(channel), literal(tenant), literal(account), literal(now, Instant), literal(now, Instant)
    )
    columns = ("person_id", "channel", "tenant", "external_id", "linked_at", "seen_at")
    tie = insert(session, Identity).from_select(columns, identity).on_conflict_do_nothing().returning(Identity.id)
    tied = await session.scalar(tie)
    person: Person | None = await session.scalar(
        select(Person)
        .join(Identity, Identity.person_id == Person.id)
        .where(Identity.channel == channel, Identity.tenant == tenant, Identity.external_id == account, is_colleague())
    )
    if person is not None:
        person.locale, person.timezone = locale or person.locale, timezone or person.timezone
        if tied and person.email != normal_email(email):
            await _goes_back(session, tied, email)
    return person


async def _goes_back(session: AsyncSession, identity_id: int, email: str) -> None:
    """The account has the address of somebody who was merged: when that is taken back, it goes with them."""
    merged = select(Merge).where(Merge.merged_id.in_(select(_line_of(email).c.id)), Merge.undone_at.is_(None))
    for merge in await session.scalars(merged.with_for_update()):
        merge.moved = {**merge.moved, ACCOUNTS: [*merge.moved[ACCOUNTS], identity_id]}
