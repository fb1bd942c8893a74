"""A person's own accounts: which they are, letting one go, and where direct news go first."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import case, delete, null, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.permissions import require_permission
from engine.db.statements import build_insert
from engine.errors import Refused
from engine.outbox.models import Delivery
from engine.people.models import EMAIL_CHANNEL, Identity, Person, UnlinkedAccount


async def list_accounts(session: AsyncSession, person_id: int) -> Sequence[Identity]:
    """Return the accounts that the person talks from, the oldest first, without addresses that codes are sent to."""
    theirs = select(Identity).where(Identity.person_id == person_id, Identity.channel != EMAIL_CHANNEL)
    return (await session.scalars(theirs.order_by(Identity.linked_at, Identity.id))).all()


async def unlink_account(session: AsyncSession, identity_id: int, *, actor: Person, now: datetime) -> Identity:
    """Unlink one of the person's accounts. What they gave and got stays theirs, and only a code links it again.

    News on their way go to the next account. Raises Refused "not_your_account".
    """
    require_permission(actor, "unlink")
    let_go = await session.scalar(select(Identity).where(Identity.id == identity_id).with_for_update())
    if let_go is None or let_go.person_id != actor.id:
        raise Refused("not_your_account")
    row = build_insert(session, UnlinkedAccount).values(person_id=actor.id, at=now, **asdict(let_go.account))
    await session.execute(row.on_conflict_do_nothing())
    await _redirect(session, let_go, now)
    await session.execute(delete(Identity).where(Identity.id == identity_id))
    return let_go


async def _redirect(session: AsyncSession, let_go: Identity, now: datetime) -> None:
    """Redirect unsent news from the unlinked account to the next one, if any.

    Messages already sent stay as they are.
    """
    mine = update(Delivery).where(Delivery.identity_id == let_go.id)
    other = await session.scalar(
        select(Identity)
        .where(Identity.person_id == let_go.person_id, Identity.channel != EMAIL_CHANNEL, Identity.id != let_go.id)
        .order_by(Identity.preferred_at.is_not(None).desc(), Identity.seen_at.desc(), Identity.id.desc())
        .limit(1)
    )
    if other is not None:
        there = {"identity_id": other.id, "channel": other.channel, "attempts": 0, "due_at": now, "parked_at": None}
        unsent = (Delivery.closed_at.is_(None), Delivery.message_ref.is_(None))
        await session.execute(mine.where(*unsent).values(lease=None, leased_until=None, **there))
    closed = case((Delivery.closed_at.is_(None), now), else_=Delivery.closed_at)
    await session.execute(mine.values(identity_id=null(), closed_at=closed, lease=None, leased_until=None))


async def set_preferred_channel(session: AsyncSession, channel: str, *, actor: Person, now: datetime) -> bool:
    """Send direct news to the person's accounts on that channel first.

    Return False, and change no account, if the person has none there.
    """
    require_permission(actor, "prefer")
    mine = await list_accounts(session, actor.id)
    if channel not in {account.channel for account in mine}:
        return False
    for account in mine:
        account.preferred_at = now if account.channel == channel else None
    await session.flush()
    return True
