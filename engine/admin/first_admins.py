"""The first administrators, named by the deployment (ADMINS): appointed now or once they are in the directory."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.audit import record_audit
from engine.admin.settings import SettingsRow
from engine.db.statements import build_insert
from engine.people.email import normalize_email
from engine.people.lookup import is_active_employee
from engine.people.models import Person

FIRST_ADMINS_ROW = "first_admins"  # the row of the settings that keeps the deployment's wish


async def store_first_admins(session: AsyncSession, emails: Sequence[str], now: datetime) -> list[str]:
    """Store the e-mails of the first administrators, and appoint those who are in the directory already.

    The list replaces the former one and is kept for people who come later. Return the e-mails that no active colleague
    has yet.
    """
    upsert = build_insert(session, SettingsRow).values(name=FIRST_ADMINS_ROW, values={"emails": list(emails)})
    await session.execute(
        upsert.on_conflict_do_update(index_elements=["name"], set_={"values": upsert.excluded["values"]})
    )
    return await appoint_admins(session, emails, now)


async def promote_first_admins(session: AsyncSession, now: datetime) -> None:
    """Appoint the first administrators that the deployment named. Call it wherever people come into the directory."""
    wished = await session.scalar(select(SettingsRow.values).where(SettingsRow.name == FIRST_ADMINS_ROW))
    if wished:
        await appoint_admins(session, wished["emails"], now)


async def appoint_admins(session: AsyncSession, emails: Iterable[str], now: datetime) -> list[str]:
    """Make administrators of the colleagues with these e-mails. A repeated call changes no role, and none is lost.

    Return the e-mails that no active colleague has, in the order given.
    """
    named = list(dict.fromkeys(filter(None, map(normalize_email, emails))))
    colleagues = select(Person).where(Person.email.in_(named), is_active_employee()).order_by(Person.id)
    members = await session.scalars(
        colleagues.where(Person.role == "member")
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    for person in members.all():
        person.role = "admin"
        record_audit(
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
