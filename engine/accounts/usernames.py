"""The second id of an account, such as a username that people type: whose it is, as it was last seen."""

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.people.models import Identity


async def find_accounts_by_username(
    session: AsyncSession, *, channel: str, tenant: str, aliases: Collection[str]
) -> dict[str, str]:
    """The account of each alias that is known."""
    found = await session.execute(
        select(Identity.alias, Identity.external_id).where(
            Identity.channel == channel, Identity.tenant == tenant, Identity.alias.in_(aliases)
        )
    )
    return {alias: account for alias, account in found if alias is not None}


async def get_username(session: AsyncSession, *, channel: str, tenant: str, account: str) -> str | None:
    """The alias of an account, where it is linked to somebody and has one."""
    ours = (Identity.channel == channel, Identity.tenant == tenant, Identity.external_id == account)
    return await session.scalar(select(Identity.alias).where(*ours))


async def is_account_linked(session: AsyncSession, *, channel: str, tenant: str, account: str) -> bool:
    """Whether the account is somebody's."""
    ours = (Identity.channel == channel, Identity.tenant == tenant, Identity.external_id == account)
    return await session.scalar(select(Identity.id).where(*ours)) is not None


async def set_username(session: AsyncSession, *, channel: str, tenant: str, account: str, alias: str | None) -> None:
    """The account has this alias now, and nobody else has it any more."""
    here = (Identity.channel == channel, Identity.tenant == tenant)
    if alias is not None:
        others = (Identity.alias == alias, Identity.external_id != account)
        await session.execute(update(Identity).where(*here, *others).values(alias=None))
    await session.execute(update(Identity).where(*here, Identity.external_id == account).values(alias=alias))
