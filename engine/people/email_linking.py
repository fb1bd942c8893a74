"""Who there is: the directory and the accounts that people have on the channels."""

from datetime import datetime

from sqlalchemy import exists, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.base import Instant
from engine.db.statements import build_insert
from engine.people.account import Account
from engine.people.email import normalize_email
from engine.people.lookup import (
    MERGED_ACCOUNTS_KEY,
    is_active_employee,
    match_account,
    select_line_of_address,
    select_owner_of_email,
)
from engine.people.models import Identity, Merge, Person, UnlinkedAccount


async def link_by_email(
    session: AsyncSession,
    account: Account,
    *,
    email: str,
    now: datetime,
    locale: str | None = None,
    timezone: str | None = None,
) -> Person | None:
    """Link an account to the active colleague with that e-mail, and return the account's person.

    The channel must have verified `email`. An account that is linked already stays with its person, whatever the
    e-mail. An account that its person unlinked can be linked only by a code. Return None if the account's person, or
    the one of the e-mail, is unknown, a guest, a bot or a leaver.

    `locale` ("es-MX") and `timezone` (an IANA name) are what the channel knows of the person. People choose these
    themselves, so they replace those of an import at each look-up; None keeps what is there.
    """
    owner = select_owner_of_email(email).where(~exists().where(match_account(UnlinkedAccount, account)))
    named = map(literal, (account.channel, account.tenant, account.external_id))
    identity = owner.add_columns(*named, literal(now, Instant), literal(now, Instant))
    columns = ("person_id", "channel", "tenant", "external_id", "linked_at", "seen_at")
    tie = build_insert(session, Identity).from_select(columns, identity).on_conflict_do_nothing().returning(Identity.id)
    tied = await session.scalar(tie)
    person: Person | None = await session.scalar(
        select(Person)
        .join(Identity, Identity.person_id == Person.id)
        .where(match_account(Identity, account), is_active_employee())
    )
    if person is not None:
        person.locale, person.timezone = locale or person.locale, timezone or person.timezone
        if tied and person.email != normalize_email(email):
            await _goes_back(session, tied, email)
    return person


async def _goes_back(session: AsyncSession, identity_id: int, email: str) -> None:
    """Note on the merges of that e-mail's person that the account belongs to the merged person.

    If the merge is undone, the account goes back with them.
    """
    line = select_line_of_address(literal(normalize_email(email)))
    merged = select(Merge).where(Merge.merged_id.in_(select(line.c.id)), Merge.undone_at.is_(None))
    for merge in await session.scalars(merged.with_for_update()):
        merge.moved = {**merge.moved, MERGED_ACCOUNTS_KEY: [*merge.moved[MERGED_ACCOUNTS_KEY], identity_id]}
