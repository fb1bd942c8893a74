"""Who there is: the directory and the accounts that people have on the channels."""

from collections.abc import Collection

from sqlalchemy import CTE, ColumnElement, Select, and_, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.people.account import Account
from engine.people.email import normalize_email
from engine.people.models import Identity, Person, UnlinkedAccount, select_merge_chain

MERGED_ACCOUNTS_KEY = "identities.person_id"  # among what a merge moved


def is_active_employee() -> ColumnElement[bool]:
    """Build the condition for an active person who is neither a guest nor a bot."""
    return and_(Person.active, Person.kind == "employee")


def match_account(table: type[Identity | UnlinkedAccount], account: Account) -> ColumnElement[bool]:
    """Build the condition for the account's row in the table."""
    return and_(
        table.channel == account.channel, table.tenant == account.tenant, table.external_id == account.external_id
    )


def select_owner_of_email(email: str) -> Select[int]:
    """Select the id of the active colleague with that e-mail address.

    If people were merged, this is the one who was kept.
    """
    return select_owner_of_address(literal(normalize_email(email)))


def select_owner_of_address(address: ColumnElement[str]) -> Select[int]:
    """Select the same for an address that is lower case already, such as a parameter."""
    return select(Person.id).where(Person.id.in_(select(select_line_of_address(address).c.id)), is_active_employee())


def select_line_of_address(address: ColumnElement[str]) -> CTE:
    """Select the ids of the person with that address and of those they were merged into."""
    return select_merge_chain(select(Person.id).where(Person.email == address))


async def get_person(session: AsyncSession, person_id: int) -> Person | None:
    """Return the person, or the one they were merged into. Return None if the id is unknown."""
    person = await session.get(Person, person_id)
    if person is None or person.active:
        return person
    line = select_merge_chain(select(Person.id).where(Person.id == person_id))
    kept = await session.scalar(select(Person).where(Person.id.in_(select(line.c.id)), Person.active))
    return kept or person


async def find_linked_accounts(
    session: AsyncSession, *, channel: str, tenant: str, accounts: Collection[str]
) -> set[str]:
    """Find the ones of `accounts` that already belong to a person."""
    found = await session.scalars(
        select(Identity.external_id).where(
            Identity.channel == channel,
            Identity.tenant == tenant,
            Identity.external_id.in_(accounts),
        )
    )
    return set(found)


async def find_people_by_account(
    session: AsyncSession, *, channel: str, tenant: str, accounts: Collection[str]
) -> dict[str, Person]:
    """Return the person behind each linked one of `accounts`; leavers, guests and bots too."""
    found = await session.execute(
        select(Identity.external_id, Person)
        .join(Person, Person.id == Identity.person_id)
        .where(Identity.channel == channel, Identity.tenant == tenant, Identity.external_id.in_(accounts))
    )
    return {account: person for account, person in found}
