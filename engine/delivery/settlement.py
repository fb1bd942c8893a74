"""What came of a delivery: written where its lease is still ours."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.compiled import CompiledStatement
from engine.db.statements import build_insert, get_table
from engine.delivery.claims import ClaimedDelivery, DestinationWait, is_uncertain
from engine.delivery.notices import close_lost_place, notify_not_invited, notify_undelivered
from engine.outbox import models as outbox_models
from engine.outbox.models import UNCERTAIN_PREFIX, Delivery
from engine.outbox.places import reopen_place
from engine.outbox.publishing import find_next_account

MAX_DELIVERY_TRIES = 8  # then a delivery is parked

DELIVERIES_TABLE = get_table(
    Delivery
)  # each send ends here, and no session holds a delivery that it would bring up to date

# Every card ends here.
SETTLE_SENT = CompiledStatement(
    update(DELIVERIES_TABLE)
    .where(DELIVERIES_TABLE.c.id == bindparam("delivery"), DELIVERIES_TABLE.c.lease == bindparam("ours"))
    .values(
        sent_version=bindparam("sent"),
        message_ref=bindparam("ref"),
        attempts=0,
        error=None,
        lease=None,
        leased_until=None,
    )
    .returning(DELIVERIES_TABLE.c.id)
)

FIRST_DELIVERY_DELAY_S, MAX_DELIVERY_DELAY_S = 2.0, 600.0  # seconds, before the jitter
UNCERTAIN_DELAY_S = 60.0  # and up to twice as long: until a card that may be out is sent again


async def mark_sent(session: AsyncSession, claimed: ClaimedDelivery, *, ref: dict[str, Any], now: datetime) -> bool:
    """Record that the card is out, as `ref`. If it changed meanwhile, it is due again at once.

    If `ref` says how to `invite` the bot, the giver is notified; a closed place that took the bot's own post is
    reopened. Return False if the lease was lost: another process settles.
    """
    values = {"delivery": claimed.id, "ours": claimed.lease, "sent": claimed.wanted_version, "ref": ref}
    settled = bool(await SETTLE_SENT.fetch(session, values))
    if not settled or not needs_follow_up(claimed, ref):
        return settled
    if "invite" in ref:
        await notify_not_invited(session, claimed, ref["invite"], now)
    elif claimed.place_id is not None:
        await reopen_place(session, claimed.place_id)
    return True


def needs_follow_up(claimed: ClaimedDelivery, ref: Mapping[str, Any]) -> bool:
    """Return whether `mark_sent` writes more than the delivery. Otherwise it is one statement without a transaction."""
    return claimed.message_ref is None and ("invite" in ref or claimed.place_closed)


async def mark_unneeded(session: AsyncSession, claimed: ClaimedDelivery, *, now: datetime) -> bool:
    """Close a delivery that has no card to show, and had none shown. Return False if the lease was lost."""
    return await _settle(session, claimed, {"closed_at": now})


async def mark_uncertain(
    session: AsyncSession, claimed: ClaimedDelivery, *, error: str, jitter: float, now: datetime
) -> bool:
    """Record that the call ended without showing whether the card is out. It is sent again once, after a while.

    If this was so before, the delivery is parked, and somebody is notified. Return whether it was parked.
    """
    values: dict[str, Any] = {"error": f"{UNCERTAIN_PREFIX}{error}"[:255]}
    if not claimed.unclear:
        values["due_at"] = now + timedelta(seconds=get_uncertain_delay(jitter))
        await _settle(session, claimed, values)
        return False
    has_changed = DELIVERIES_TABLE.c.wanted_version > claimed.wanted_version  # as it was sent: that begins anew
    return await _park_or_retry(session, claimed, values | {"parked_at": case((has_changed, None), else_=now)}, now)


async def mark_rejected(session: AsyncSession, claimed: ClaimedDelivery, *, error: str, now: datetime) -> None:
    """Close a delivery that the channel will never take.

    The people who wanted the card, or its change, are notified.
    """
    if await _settle(session, claimed, {"closed_at": now, "error": f"unable: {error}"[:255]}):
        await notify_undelivered(session, claimed, now)


async def defer_destination(session: AsyncSession, line: Sequence[ClaimedDelivery], *, until: datetime) -> None:
    """Make all deliveries to the destination of `line` wait `until` then, as it asked for patience.

    This does not count as an attempt.
    """
    await release_deliveries(session, line)
    wait = build_insert(session, DestinationWait).values(destination=line[0].destination, until=until)
    await session.execute(
        wait.on_conflict_do_update(
            index_elements=[DestinationWait.destination],
            set_={"until": wait.excluded.until},
            where=wait.excluded.until > DestinationWait.until,
        )
    )


async def release_deliveries(session: AsyncSession, line: Sequence[ClaimedDelivery]) -> None:
    """Return deliveries unsent, as if they had not been claimed; their turn in the line stays."""
    await session.execute(
        update(DELIVERIES_TABLE)
        .where(DELIVERIES_TABLE.c.id.in_([one.id for one in line]), DELIVERIES_TABLE.c.lease == line[0].lease)
        .values(lease=None, leased_until=None)
    )


async def mark_failed(
    session: AsyncSession, claimed: ClaimedDelivery, *, error: str, jitter: float, now: datetime
) -> bool:
    """Try again after a delay of `jitter` (0 to 1) times the longest that this attempt allows.

    After the last try, news to a person go to their next account. If there is none, or the card may be out, the
    delivery is parked, and somebody is notified. Return whether it was parked.
    """
    ours = (Delivery.id == claimed.id, Delivery.lease == claimed.lease)
    last_try = (Delivery.attempts + 1 >= MAX_DELIVERY_TRIES, ~is_uncertain())  # and surely no try has sent the card
    given_up = await session.scalar(select(Delivery.id).where(*ours, *last_try)) is not None
    if given_up and await _goes_elsewhere(session, claimed, now):
        return False
    attempts = Delivery.attempts + 1  # as it is now: what changed meanwhile has begun anew
    values = {
        "error": case((is_uncertain(), Delivery.error), else_=error[:255]),
        "due_at": now + timedelta(seconds=get_retry_delay(claimed.attempts, jitter)),
        "attempts": attempts,
        "parked_at": case((attempts >= MAX_DELIVERY_TRIES, now), else_=None),
    }
    return await _park_or_retry(session, claimed, values, now)


def get_retry_delay(attempts: int, jitter: float) -> float:
    """Return the seconds until the next try after `attempts` failed ones. `jitter` is from 0 to 1."""
    return jitter * min(MAX_DELIVERY_DELAY_S, FIRST_DELIVERY_DELAY_S * 2.0**attempts)


def get_uncertain_delay(jitter: float) -> float:
    """Return the seconds until a card that may be out is sent again. `jitter` is from 0 to 1."""
    return UNCERTAIN_DELAY_S * (1 + jitter)


async def mark_gone(session: AsyncSession, claimed: ClaimedDelivery, *, now: datetime) -> None:
    """Settle a delivery to a destination that is gone.

    News to a person go to their next account, and are parked if that was the last. A place that follows the
    celebrations is closed, and the administrators are notified. A giver who gave there, or to that person, is notified
    too.
    """
    if await _goes_elsewhere(session, claimed, now):
        return
    ends = "parked_at" if claimed.direct and not claimed.may_be_out else "closed_at"
    if not await _settle(session, claimed, {ends: now, "error": "gone"}):
        return
    if claimed.place_id is not None:
        await close_lost_place(session, claimed, now)
    if claimed.direct or claimed.happened_there or claimed.message_ref is not None:
        await notify_undelivered(session, claimed, now)


async def _goes_elsewhere(session: AsyncSession, claimed: ClaimedDelivery, now: datetime) -> bool:
    """Redirect a delivery to the person's next account. Return whether that was possible.

    A card that may be out is not redirected.
    """
    if not claimed.direct or claimed.may_be_out:
        return False
    other = await find_next_account(session, claimed.id, by_mail=claimed.kind in outbox_models.EMAILED_KINDS)
    if other is None:
        return False
    values = {"identity_id": other.id, "channel": other.channel, "attempts": 0, "due_at": now, "error": None}
    return await _settle(session, claimed, values)


async def _park_or_retry(
    session: AsyncSession, claimed: ClaimedDelivery, values: Mapping[str, Any], now: datetime
) -> bool:
    """Settle the delivery with `values`. Return whether that parks it; if so, somebody is notified."""
    if not await _settle(session, claimed, values):
        return False
    if await session.scalar(select(Delivery.parked_at).where(Delivery.id == claimed.id)) is None:
        return False
    await notify_undelivered(session, claimed, now)
    return True


async def _settle(session: AsyncSession, claimed: ClaimedDelivery, values: Mapping[str, Any]) -> bool:
    """Write what came of it and give the lease back, only where the lease is still ours."""
    settled = await session.scalar(
        update(DELIVERIES_TABLE)
        .where(DELIVERIES_TABLE.c.id == claimed.id, DELIVERIES_TABLE.c.lease == claimed.lease)
        .values(lease=None, leased_until=None, **values)
        .returning(DELIVERIES_TABLE.c.id)
    )
    return settled is not None
