"""A person whom a channel reaches no more."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.delivery.claims import is_uncertain
from engine.outbox.models import Delivery
from engine.outbox.publishing import find_next_account
from engine.people.models import Identity


async def reroute_blocked_account(
    session: AsyncSession, *, channel: str, tenant: str, account: str, now: datetime
) -> None:
    """The person blocked the bot: what was to be told there goes to their next account at once.

    What has none, what may be out already and what is being sent is left as it is: the relay will hear that they are
    gone, and settle it.
    """
    theirs = select(Identity.id).where(
        Identity.channel == channel, Identity.tenant == tenant, Identity.external_id == account
    )
    unsent = (Delivery.closed_at.is_(None), Delivery.message_ref.is_(None), Delivery.lease.is_(None), ~is_uncertain())
    news = select(Delivery.id).where(Delivery.identity_id.in_(theirs), *unsent)
    for number in (await session.scalars(news.with_for_update())).all():
        if other := await find_next_account(session, number, by_mail=False):
            there = {"identity_id": other.id, "channel": other.channel, "attempts": 0, "due_at": now}
            anew = {"parked_at": None, "error": None}
            await session.execute(update(Delivery).where(Delivery.id == number).values(there | anew))
