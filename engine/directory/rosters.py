"""Rosters of a channel, as its adapter reads them: who is on which, and who is on none any more."""

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.accounts.conversation_references import ConversationDetails
from engine.people.models import Identity, Person

ROSTERS_KEY = "rosters"  # among an account's details: the places on whose rosters it was last
ROSTER_BATCH_SIZE = 500  # accounts of one query


async def record_rosters(
    session: AsyncSession, *, channel: str, tenant: str, seen: Mapping[str, Collection[str]]
) -> None:
    """Record for each account of `seen` the places on whose rosters it is, in place of the former ones.

    Accounts that belong to no person are skipped.
    """
    accounts = sorted(seen)
    for start in range(0, len(accounts), ROSTER_BATCH_SIZE):
        known = Identity.external_id.in_(accounts[start : start + ROSTER_BATCH_SIZE])
        found = select(Identity).where(_here(channel, tenant), known).order_by(Identity.id).with_for_update()
        for identity in await session.scalars(found):
            places, details = sorted(seen[identity.external_id]), identity.details or {}
            if details.get(ROSTERS_KEY) != places:
                identity.details = {**details, ROSTERS_KEY: places}


async def find_missing_accounts(
    session: AsyncSession, *, channel: str, tenant: str, seen: Collection[str], read: Collection[str]
) -> dict[str, ConversationDetails]:
    """Find the accounts that are on no roster any more, of people admitted by the channel.

    Returns each account with the details needed to reach it. `seen` are the accounts on the rosters of `read`. A person
    is missing only if all rosters that they were on were read. A person known in another organisation, or on another
    channel that admits people, is left to that one.
    """
    others = select(Person.admitted_by).where(Person.admitted_by != channel)
    elsewhere = and_(
        Identity.left_at.is_(None),
        or_(Identity.channel.in_(others), and_(Identity.channel == channel, Identity.tenant != tenant)),
    )
    brought = and_(Person.admitted_by == channel, Person.active)
    spoken_for = Person.id.in_(select(Identity.person_id).where(elsewhere))
    found = select(Person.id, Identity.external_id, Identity.details).join(Person, Person.id == Identity.person_id)
    rows = (await session.execute(found.where(_here(channel, tenant), brought, ~spoken_for))).all()
    here = {person_id for person_id, account, _ in rows if account in seen}
    there = {account: set((details or {}).get(ROSTERS_KEY) or ()) for _, account, details in rows}
    return {
        account: details
        for person_id, account, details in rows
        if person_id not in here and there[account] and there[account] <= set(read)
    }


def _here(channel: str, tenant: str) -> ColumnElement[bool]:
    return and_(Identity.channel == channel, Identity.tenant == tenant)
