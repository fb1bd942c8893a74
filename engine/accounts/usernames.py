"""The second id of an account, such as a username that people type: whose it is, as it was last seen."""

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.people.account import Account
from engine.people.lookup import match_account
from engine.people.models import Identity


async def find_accounts_by_username(
    session: AsyncSession, *, channel: str, tenant: str, aliases: Collection[str]
) -> dict[str, str]:
    """Return the account id of each known alias."""
    found = await session.execute(
        select(Identity.alias, Identity.external_id).where(
            Identity.channel == channel, Identity.tenant == tenant, Identity.alias.in_(aliases)
        )
    )
    return {alias: account for alias, account in found if alias is not None}


async def get_username(session: AsyncSession, account: Account) -> str | None:
    """Return the alias of an account, or None if the account is not linked or has none."""
    return await session.scalar(select(Identity.alias).where(match_account(Identity, account)))


async def is_account_linked(session: AsyncSession, account: Account) -> bool:
    """Return whether the account is linked to a person."""
    return await session.scalar(select(Identity.id).where(match_account(Identity, account))) is not None


async def set_username(session: AsyncSession, account: Account, alias: str | None) -> None:
    """Set the alias of an account, and remove it from any other account that had it."""
    if alias is not None:
        here = (Identity.channel == account.channel, Identity.tenant == account.tenant)
        others = (Identity.alias == alias, Identity.external_id != account.external_id)
        await session.execute(update(Identity).where(*here, *others).values(alias=None))
    await session.execute(update(Identity).where(match_account(Identity, account)).values(alias=alias))
