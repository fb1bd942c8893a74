"""Claim the deliveries that are due under a lease; they are sent outside any transaction."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    FromClause,
    Integer,
    Select,
    String,
    all_,
    bindparam,
    case,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.base import Instant
from engine.db.compiled import CompiledStatement
from engine.db.connection import SessionFactory
from engine.db.statements import get_table
from engine.delivery.claims import WAITING_DELIVERY, ClaimedDelivery, DestinationWait, is_uncertain
from engine.outbox.models import UNCERTAIN_PREFIX, Announcement, Delivery
from engine.outbox.places import Place
from engine.people.models import Identity, Person

DELIVERIES_TABLE = get_table(Delivery)
LEASE_LOST = f"{UNCERTAIN_PREFIX}lease lost"


async def claim_deliveries(
    session: AsyncSession,
    *,
    now: datetime,
    limit: int,
    lease_seconds: float,
    token: str,
    channels: Collection[str],
    without: Collection[str] = (),
) -> list[ClaimedDelivery]:
    """Claim up to `limit` due deliveries on `channels` under the lease `token`, the longest due first.

    Each channel gets its share of the limit. `without` names destinations that the caller is busy with. No other
    process gets a claimed delivery for `lease_seconds`: PostgreSQL skips locked rows, on SQLite the writer's lock is
    held. One statement on PostgreSQL, at most two on SQLite. A claim does not count as an attempt: a process that dies
    with it has not shown that the destination fails, but may have sent the card.
    """
    until = now + timedelta(seconds=lease_seconds)
    values = {"now": now, "limit": limit, "channels": sorted(channels), "without": sorted(without)}
    on_postgres = session.get_bind().dialect.name == "postgresql"
    statement = CLAIM if on_postgres else SELECT_DUE
    rows = await statement.fetch(session, values | {"token": token, "until": until})
    claimed = [ClaimedDelivery(lease=token, leased_until=until, **dict(zip(FIELDS, row, strict=True))) for row in rows]
    if claimed and not on_postgres:
        taken = update(DELIVERIES_TABLE).where(DELIVERIES_TABLE.c.id.in_([one.id for one in claimed]))
        await session.execute(taken.values(_lease(token, until)))
    return claimed


async def is_any_due(
    reading: SessionFactory, *, now: datetime, channels: Collection[str], without: Collection[str] = ()
) -> bool:
    """Return whether a claim would find a delivery. For SQLite: this check takes no writer's lock there."""
    values = {"now": now, "limit": 1, "channels": sorted(channels), "without": sorted(without)}
    async with reading.begin() as session:
        return bool(await SELECT_ANY_DUE.fetch(session, values))


NOW = bindparam("now", type_=Instant)

DUE_DELIVERIES = (  # from their table alone, the longest due first
    select(
        Delivery.id,
        Delivery.destination,
        Delivery.channel,
        Delivery.place_id,
        Delivery.identity_id,
        Delivery.announcement_id,
        Delivery.origin,
        Delivery.due_at,
        Delivery.wanted_version,
        Delivery.message_ref,
        Delivery.attempts,
        or_(Delivery.lease.is_not(None), is_uncertain()).label("unclear"),
    )
    .where(
        *WAITING_DELIVERY,
        Delivery.due_at <= NOW,
        or_(Delivery.leased_until.is_(None), Delivery.leased_until <= NOW),
        Delivery.destination.not_in(select(DestinationWait.destination).where(DestinationWait.until > NOW)),
    )
    .order_by(Delivery.due_at, Delivery.id)
    .limit(bindparam("limit", type_=Integer))
)


def _lease(token: Any, until: Any) -> dict[str, Any]:
    lost = case((DELIVERIES_TABLE.c.lease.is_not(None), LEASE_LOST), else_=DELIVERIES_TABLE.c.error)
    return {"lease": token, "leased_until": until, "error": lost}


def _with_all_to_send(due: FromClause) -> Select[*tuple[Any, ...]]:
    """Select everything needed to draw and to send the due deliveries.

    Each delivery has either a place or an identity, never both.
    """
    one = due.c
    return (
        select(
            one.id,
            one.destination,
            one.channel,
            one.place_id,
            one.origin,
            one.wanted_version,
            one.message_ref,
            one.attempts,
            one.unclear,
            Announcement.kind,
            Announcement.subject_id,
            Announcement.details,
            func.coalesce(Place.details, Identity.details).label("place_details"),
            Place.closed_at.is_not(None).label("place_closed"),
            Identity.person_id,
            Person.timezone.label("zone"),
            func.coalesce(Place.tenant, Identity.tenant).label("tenant"),
            func.coalesce(Place.external_id, Identity.external_id).label("external_id"),
            func.coalesce(Place.name, Person.display_name).label("name"),
            func.coalesce(Place.locale, Person.locale).label("locale"),
        )
        .join(Announcement, Announcement.id == one.announcement_id)
        .outerjoin(Place, Place.id == one.place_id)
        .outerjoin(Identity, Identity.id == one.identity_id)
        .outerjoin(Person, Person.id == Identity.person_id)
        .order_by(one.due_at, one.id)
    )


def _claim() -> Select[*tuple[Any, ...]]:
    """Build the statement for PostgreSQL that finds, locks, leases and reads deliveries at once.

    All data of a delivery comes from the row as it was locked. A second read would show its state from the start of the
    statement, and a card that another replica has sent since then would be posted again.
    """
    asked = func.unnest(bindparam("channels", type_=ARRAY(String))).table_valued("channel").render_derived("asked")
    free = Delivery.destination != all_(bindparam("without", type_=ARRAY(String)))
    # Each channel is looked through in its own part of the index: an idle one does not wait behind a backlog.
    of_channel = DUE_DELIVERIES.where(Delivery.channel == asked.c.channel, free).with_for_update(
        skip_locked=True, key_share=True
    )
    due = of_channel.lateral("due")
    rank = func.row_number().over(partition_by=due.c.channel, order_by=(due.c.due_at, due.c.id))
    first = bindparam("limit", type_=Integer)
    found = select(due).select_from(asked.join(due, true())).order_by(rank, due.c.due_at, due.c.id).limit(first)
    found_cte = found.cte("found")
    lease = _lease(bindparam("token", type_=String), bindparam("until", type_=Instant))
    leased = update(DELIVERIES_TABLE).where(DELIVERIES_TABLE.c.id == found_cte.c.id).values(lease)
    taken = leased.returning(DELIVERIES_TABLE.c.id).cte("taken")
    return _with_all_to_send(found_cte).join(taken, taken.c.id == found_cte.c.id)


# A list is one parameter on SQLite as well, so that one text serves every length.
CHANNELS_ON_SQLITE, BUSY_ON_SQLITE = (
    select(func.json_each(bindparam(name, type_=JSON)).table_valued("value").c.value)
    for name in ("channels", "without")
)
DUE_ON_SQLITE = DUE_DELIVERIES.where(
    Delivery.channel.in_(CHANNELS_ON_SQLITE), Delivery.destination.not_in(BUSY_ON_SQLITE)
)

SELECT_ANY_DUE = CompiledStatement(DUE_ON_SQLITE)
SELECT_DUE = CompiledStatement(_with_all_to_send(DUE_ON_SQLITE.subquery()))
CLAIM_ON_POSTGRES = _claim()
CLAIM = CompiledStatement(CLAIM_ON_POSTGRES)
FIELDS = tuple(str(column.key) for column in CLAIM_ON_POSTGRES.exported_columns)
