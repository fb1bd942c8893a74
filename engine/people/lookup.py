"""Who there is: the directory and the accounts that people have on the channels."""

from collections.abc import Collection

from sqlalchemy import CTE, ColumnElement, Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.people.email import normalize_email
from engine.people.models import Identity, Person, select_merge_chain

MERGED_ACCOUNTS_KEY = "identities.person_id"  # among what a merge moved


def is_active_employee() -> ColumnElement[bool]:
    """Active, and neither a guest nor a bot."""
    return and_(Person.active, Person.kind == "employee")


def select_owner_of_email(email: str) -> Select[int]:
    """The id of the colleague of that address; of the one who was kept, where people were merged."""
    return select(Person.id).where(Person.id.in_(select(_line_of(email).c.id)), is_active_employee())


def _line_of(email: str) -> CTE:
    return select_merge_chain(select(Person.id).where(Person.email == normalize_email(email)))


async def get_person(session: AsyncSession, person_id: int) -> Person | None:
    """The person, or whom they were merged into; None where nobody has that number."""
    person = await session.get(Person, person_id)
    if person is None or person.active:
        return person
    line = select_merge_chain(select(Person.id).where(Person.id == person_id))
    kept = await session.scalar(select(Person).where(Person.id.in_(select(line.c.id)), Person.active))
    return kept or person


async def find_linked_accounts(
    session: AsyncSession, *, channel: str, tenant: str, accounts: Collection[str]
) -> set[str]:
    """Which of `accounts` belong to somebody already."""
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
    """Who is behind each of `accounts`, where somebody is; leavers, guests and bots too."""
    found = await session.execute(
        select(Identity.external_id, Person)
        .join(Person, Person.id == Identity.person_id)
        .where(Identity.channel == channel, Identity.tenant == tenant, Identity.external_id.in_(accounts))
    )
    return {account: person for account, person in found}
