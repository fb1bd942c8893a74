"""How a channel reaches its places and accounts: what its adapter keeps, so that any process can send there later."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.statements import build_insert
from engine.outbox.places import Place
from engine.people.account import Account
from engine.people.lookup import match_account
from engine.people.models import Identity, Person

ConversationDetails = Mapping[str, Any]
"""The channel's own reference, as plain JSON."""


async def save_place_reference(
    session: AsyncSession,
    *,
    channel: str,
    tenant: str,
    external_id: str,
    name: str,
    details: ConversationDetails,
    now: datetime,
) -> bool:
    """Save how a place is reached, and reopen it if it was closed.

    An empty `name` keeps the stored one. Return whether the place is new or was closed.
    """
    added = build_insert(session, Place).values(
        channel=channel, tenant=tenant, external_id=external_id, name=name, details=dict(details), created_at=now
    )
    if await session.scalar(added.on_conflict_do_nothing().returning(Place.id)) is not None:
        return True
    where = (Place.channel == channel, Place.tenant == tenant, Place.external_id == external_id)
    opened = update(Place).where(*where, Place.closed_at.is_not(None)).values(closed_at=None).returning(Place.id)
    was_closed = await session.scalar(opened) is not None
    values = {"details": dict(details)} | ({"name": name} if name else {})
    await session.execute(update(Place).where(*where).values(values))
    return was_closed


async def close_place_reference(
    session: AsyncSession, *, channel: str, tenant: str, external_id: str, now: datetime
) -> None:
    """Close a place that the bot was removed from, or that is gone.

    No message is sent there until the place is saved again.
    """
    where = (Place.channel == channel, Place.tenant == tenant, Place.external_id == external_id)
    await session.execute(update(Place).where(*where, Place.closed_at.is_(None)).values(closed_at=now, announces=False))


async def save_account_reference(
    session: AsyncSession, account: Account, *, alias: str | None, details: ConversationDetails
) -> bool:
    """Save the second id of a linked account, and how the account is reached.

    Return whether the account is linked to a person.
    """
    values: dict[str, Any] = {"details": dict(details)} | ({"alias": alias} if alias else {})
    changed = update(Identity).where(match_account(Identity, account)).values(values)
    return await session.scalar(changed.returning(Identity.id)) is not None


async def get_account_reference(session: AsyncSession, account: Account) -> dict[str, Any]:
    """Return how the account is reached, or an empty dict if that is unknown."""
    return await session.scalar(select(Identity.details).where(match_account(Identity, account))) or {}


async def get_place_reference(session: AsyncSession, *, channel: str, tenant: str, external_id: str) -> dict[str, Any]:
    """Return how the place is reached.

    Return an empty dict if the bot is not known to be in it, or was removed from it.
    """
    where = (Place.channel == channel, Place.tenant == tenant, Place.external_id == external_id)
    return await session.scalar(select(Place.details).where(*where, Place.closed_at.is_(None))) or {}


async def list_newest_places(
    session: AsyncSession, *, channel: str, tenant: str, limit: int
) -> dict[str, ConversationDetails]:
    """Return how up to `limit` open places are reached, by their external id, the newest first."""
    where = (Place.channel == channel, Place.tenant == tenant, Place.closed_at.is_(None))
    found = select(Place.external_id, Place.details).where(*where).order_by(Place.id.desc()).limit(limit)
    return {external_id: details for external_id, details in await session.execute(found)}


async def list_open_places(
    session: AsyncSession, *, channel: str, limit: int
) -> list[tuple[str, str, ConversationDetails]]:
    """Return the tenant, the external id and the reference of up to `limit` open places, the newest first."""
    where = (Place.channel == channel, Place.closed_at.is_(None))
    found = select(Place.tenant, Place.external_id, Place.details).where(*where).order_by(Place.id.desc()).limit(limit)
    return [(tenant, external_id, details or {}) for tenant, external_id, details in await session.execute(found)]


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """Whose account it is."""

    account: str
    name: str


async def find_account_owners(
    session: AsyncSession, *, channel: str, tenant: str, ids: Collection[str]
) -> dict[str, KnownAccount]:
    """Return the owner of each linked account, by the id asked for: the account's first or second id."""
    where = (Identity.channel == channel, Identity.tenant == tenant)
    named = or_(Identity.external_id.in_(ids), Identity.alias.in_(ids))
    found = select(Identity.external_id, Identity.alias, Person.display_name)
    rows = await session.execute(found.join(Person, Person.id == Identity.person_id).where(*where, named))
    return {
        one: KnownAccount(account, name)
        for account, alias, name in rows
        for one in (account, alias)
        if one and one in ids
    }
