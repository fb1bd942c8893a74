"""What came of a delivery: written where its lease is still ours."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine import undelivered
from engine.db import insert
from engine.outbox import Delivery
from engine.relaying import Claimed, DestinationWait

TRIES = 8  # then a delivery is parked
FIRST_DELAY, LONGEST_DELAY = 2.0, 600.0  # seconds, before the jitter


async def sent(session: AsyncSession, claimed: Claimed, *, ref: dict[str, Any], now: datetime) -> bool:
    """The card is out, as `ref`. Where more was wanted meanwhile it is due again at once.

    Where `ref` says how to `invite` us, the giver hears of it. False where the lease was lost: somebody else settles.
    """
    values = {"sent_version": claimed.wanted_version, "message_ref": ref, "attempts": 0, "error": None}
    settled = await _settle(session, claimed, values)
    if settled and claimed.message_ref is None and "invite" in ref:
        await undelivered.ask_to_invite(session, claimed, ref["invite"], now)
    return settled


async def unneeded(session: AsyncSession, claimed: Claimed, *, now: datetime) -> bool:
    """There is nothing to show, and nothing was shown: the delivery is closed."""
    return await _settle(session, claimed, {"closed_at": now})


async def later(session: AsyncSession, line: Sequence[Claimed], *, until: datetime) -> None:
    """The destination of these asked for patience: all of its deliveries wait `until` then. It was no attempt."""
    await put_back(session, line)
    wait = insert(session, DestinationWait).values(destination=line[0].destination, until=until)
    await session.execute(
        wait.on_conflict_do_update(
            index_elements=[DestinationWait.destination],
            set_={"until": wait.excluded.until},
            where=wait.excluded.until > DestinationWait.until,
        )
    )


async def put_back(session: AsyncSession, line: Sequence[Claimed]) -> None:
    """Return deliveries unsent, as if they had not been claimed; their turn in the line stays."""
    await session.execute(
        update(Delivery)
        .where(Delivery.id.in_([one.id for one in line]), Delivery.lease == line[0].lease)
        .values(lease=None, leased_until=None)
    )


async def failed(session: AsyncSession, claimed: Claimed, *, error: str, jitter: float, now: datetime) -> bool:
    """Try again after a delay of `jitter` (0 to 1) times the longest that this attempt allows.

    The last try parks it, and the giver hears of it.
    Returns whether it was parked.
    """
    attempts = Delivery.attempts + 1  # as it is now: what changed meanwhile has begun anew
    ceiling = min(LONGEST_DELAY, FIRST_DELAY * 2**claimed.attempts)
    values = {
        "error": error[:255],
        "due_at": now + timedelta(seconds=jitter * ceiling),
        "attempts": attempts,
        "parked_at": case((attempts >= TRIES, now), else_=None),
    }
    if not await _settle(session, claimed, values):
        return False
    if await session.scalar(select(Delivery.parked_at).where(Delivery.id == claimed.id)) is None:
        return False
    await undelivered.tell_giver(session, claimed, now)
    return True


async def gone(session: AsyncSession, claimed: Claimed, *, now: datetime) -> None:
    """The destination is no more. A place is closed and follows no celebrations; admins and the giver hear of it."""
    if not await _settle(session, claimed, {"closed_at": now, "error": "gone"}):
        return
    if claimed.place_id is not None:
        await undelivered.close_place(session, claimed, now)
    await undelivered.tell_giver(session, claimed, now)


async def _settle(session: AsyncSession, claimed: Claimed, values: Mapping[str, Any]) -> bool:
    """Write what came of it and give the lease back, only where the lease is still ours."""
    settled = await session.scalar(
        update(Delivery)
        .where(Delivery.id == claimed.id, Delivery.lease == claimed.lease)
        .values(lease=None, leased_until=None, **values)
        .returning(Delivery.id)
    )
    return settled is not None
