"""The colleagues whom somebody thanked lately: the first to offer where a person is to be chosen."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.kudos import Kudos, KudosReceiver
from engine.people import Identity, Person, is_colleague


async def thanked_lately(
    session: AsyncSession, *, channel: str, tenant: str, account: str, limit: int
) -> tuple[Person, ...]:
    """At most `limit` of them, the latest first; nobody for an account that belongs to nobody."""
    giver = (
        select(Identity.person_id)
        .where(Identity.channel == channel, Identity.tenant == tenant, Identity.external_id == account)
        .scalar_subquery()
    )
    lately = (
        select(KudosReceiver.receiver_id, func.max(Kudos.given_at).label("at"))
        .join(Kudos, Kudos.id == KudosReceiver.kudos_id)
        .where(Kudos.giver_id == giver)
        .group_by(KudosReceiver.receiver_id)
        .order_by(func.max(Kudos.given_at).desc())
        .limit(limit)
        .subquery()
    )
    found = await session.scalars(
        select(Person)
        .join(lately, lately.c.receiver_id == Person.id)
        .where(is_colleague())
        .order_by(lately.c.at.desc(), Person.id)
    )
    return tuple(found)
