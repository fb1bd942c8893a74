"""Who there is: the directory and the accounts that people have on the channels."""

from datetime import datetime

from sqlalchemy import exists, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.base import Instant
from engine.db.statements import build_insert
from engine.people.email import normalize_email
from engine.people.lookup import MERGED_ACCOUNTS_KEY, _line_of, is_active_employee, select_owner_of_email
from engine.people.models import Identity, Merge, Person, UnlinkedAccount


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
    owner = select_owner_of_email(email).where(~exists().where(*let_go, UnlinkedAccount.external_id == account))
    identity = owner.add_columns(
        literal(channel), literal(tenant), literal(account), literal(now, Instant), literal(now, Instant)
    )
    columns = ("person_id", "channel", "tenant", "external_id", "linked_at", "seen_at")
    tie = build_insert(session, Identity).from_select(columns, identity).on_conflict_do_nothing().returning(Identity.id)
    tied = await session.scalar(tie)
    person: Person | None = await session.scalar(
        select(Person)
        .join(Identity, Identity.person_id == Person.id)
        .where(
            Identity.channel == channel,
            Identity.tenant == tenant,
            Identity.external_id == account,
            is_active_employee(),
        )
    )
    if person is not None:
        person.locale, person.timezone = locale or person.locale, timezone or person.timezone
        if tied and person.email != normalize_email(email):
            await _goes_back(session, tied, email)
    return person


async def _goes_back(session: AsyncSession, identity_id: int, email: str) -> None:
    """The account has the address of somebody who was merged: when that is taken back, it goes with them."""
    merged = select(Merge).where(Merge.merged_id.in_(select(_line_of(email).c.id)), Merge.undone_at.is_(None))
    for merge in await session.scalars(merged.with_for_update()):
        merge.moved = {**merge.moved, MERGED_ACCOUNTS_KEY: [*merge.moved[MERGED_ACCOUNTS_KEY], identity_id]}
