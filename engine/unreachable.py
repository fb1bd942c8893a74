"""A person whom a channel reaches no more."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine import outbox
from engine.outbox import Delivery
from engine.people import Identity


async def blocked(session: AsyncSession, *, channel: str, tenant: str, account: str, now: datetime) -> None:
    """The person blocked the bot: what was to be told there goes to their next account; without one it is closed."""
    theirs = select(Identity.id).where(
        Identity.channel == channel, Identity.tenant == tenant, Identity.external_id == account
    )
    unsent = (
        Delivery.identity_id.in_(theirs),
        Delivery.closed_at.is_(None),
        Delivery.sent_version < Delivery.wanted_version,
    )
    free = {"lease": None, "leased_until": None}
    news = await session.scalars(select(Delivery.id).where(*unsent, Delivery.message_ref.is_(None)))
    for number in news.all():
        if other := await outbox.next_account(session, number, by_mail=False):
            there = {"identity_id": other.id, "channel": other.channel, "attempts": 0, "due_at": now} | free
            await session.execute(update(Delivery).where(Delivery.id == number).values(there))
    await session.execute(update(Delivery).where(*unsent).values({"closed_at": now, "error": "blocked"} | free))
