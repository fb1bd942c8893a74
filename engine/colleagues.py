"""Which accounts of a channel are colleagues' who may be given something."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.eligibility import eligible
from engine.people import Identity, Person


async def named(session: AsyncSession, *, channel: str, tenant: str, accounts: Collection[str]) -> dict[str, str]:
    """The names of those, by account. Guests, bots and leavers are not among them. One round trip."""
    found = await session.execute(
        select(Identity.external_id, Person.display_name)
        .join(Person, Person.id == Identity.person_id)
        .where(
            Identity.channel == channel,
            Identity.tenant == tenant,
            Identity.external_id.in_(accounts),
            eligible("receive"),
        )
    )
    return {account: name for account, name in found}
