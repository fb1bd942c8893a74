"""Which accounts of a channel are colleagues' who may be given something."""

from collections.abc import Collection, Mapping
from typing import Literal

from sqlalchemy import ColumnElement, and_, not_, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.people.lookup import is_active_employee
from engine.people.models import Identity, Person


async def get_eligible_names(
    session: AsyncSession, *, channel: str, tenant: str, accounts: Collection[str]
) -> dict[str, str]:
    """Return the display names of the accounts' people who may receive gifts, by account. One round trip.

    Guests, bots and leavers are left out.
    """
    found = await session.execute(
        select(Identity.external_id, Person.display_name)
        .join(Person, Person.id == Identity.person_id)
        .where(
            Identity.channel == channel,
            Identity.tenant == tenant,
            Identity.external_id.in_(accounts),
            build_eligible_clause("receive"),
        )
    )
    return {account: name for account, name in found}


EligibilityPurpose = Literal["board", "draw", "birthday", "nomination", "give", "receive"]

WISHES_BY_PURPOSE: Mapping[EligibilityPurpose, tuple[str, ...]] = {
    "give": (),
    "receive": (),
    "nomination": (),
    "draw": (),
    "birthday": ("no_birthday_post",),
    "board": ("not_on_boards",),
}


def build_eligible_clause(purpose: EligibilityPurpose) -> ColumnElement[bool]:
    """Build the WHERE condition on `Person` for people who are eligible for `purpose`."""
    return and_(is_active_employee(), *(not_(getattr(Person, wish)) for wish in WISHES_BY_PURPOSE[purpose]))


def is_eligible(person: Person, purpose: EligibilityPurpose) -> bool:
    """Check whether a loaded person is eligible for `purpose`, as `build_eligible_clause` does."""
    unwilling = any(getattr(person, wish) for wish in WISHES_BY_PURPOSE[purpose])
    return person.active and person.kind == "employee" and not unwilling
