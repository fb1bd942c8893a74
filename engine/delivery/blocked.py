"""Rerouting of news for a person who can no longer be reached on a channel."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.delivery.claims import is_uncertain
from engine.outbox.models import Delivery
from engine.outbox.publishing import find_next_account
from engine.people.account import Account
from engine.people.lookup import match_account
from engine.people.models import Identity


async def reroute_blocked_account(session: AsyncSession, account: Account, *, now: datetime) -> None:
    """Move unsent news from an account that blocked the bot to the person's next account at once.

    Deliveries stay if there is no next account, if they may be out already, or if they are being sent: the relay will
    find the account gone, and settle them.
    """
    theirs = select(Identity.id).where(match_account(Identity, account))
    unsent = (Delivery.closed_at.is_(None), Delivery.message_ref.is_(None), Delivery.lease.is_(None), ~is_uncertain())
    news = select(Delivery.id).where(Delivery.identity_id.in_(theirs), *unsent)
    for number in (await session.scalars(news.with_for_update())).all():
        if other := await find_next_account(session, number, by_mail=False):
            there = {"identity_id": other.id, "channel": other.channel, "attempts": 0, "due_at": now}
            anew = {"parked_at": None, "error": None}
            await session.execute(update(Delivery).where(Delivery.id == number).values(there | anew))
