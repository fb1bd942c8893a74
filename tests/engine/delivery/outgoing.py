"""Deliveries for the tests: places that follow, gifts, and what is claimed of them."""

from datetime import datetime, timedelta

from sqlalchemy import select

from engine.admin.settings import Settings
from engine.db.connection import DatabaseSession
from engine.delivery.claiming import claim_deliveries
from engine.delivery.claims import ClaimedDelivery
from engine.kudos.giving import give_kudos
from engine.outbox.models import Delivery
from engine.outbox.places import Place, get_or_create_place
from engine.people.models import Person
from tests.conftest import NOW

LATER = NOW + timedelta(minutes=1)


async def follow(session: DatabaseSession, *names: str, channel: str = "web") -> list[int]:
    """Places that follow the celebrations; their ids."""
    ids = []
    for name in names:
        place_id = await get_or_create_place(
            session, channel=channel, tenant="", external_id=name, name=f"#{name}", now=NOW
        )
        (await session.get_one(Place, place_id)).announces = True
        ids.append(place_id)
    await session.flush()
    return ids


async def thank(
    session: DatabaseSession,
    giver: Person,
    receiver: Person,
    words: str,
    now: datetime = NOW,
    place_id: int | None = None,
) -> int:
    gift = await give_kudos(
        session,
        giver=giver,
        receivers=[receiver],
        words=words,
        tags=[],
        public=True,
        settings=Settings(),
        now=now,
        place_id=place_id,
        origin=None,
    )
    return gift.id


async def take(
    session: DatabaseSession,
    now: datetime = NOW,
    *,
    token: str = "t",
    limit: int = 100,
    channels: tuple[str, ...] = ("web", "slack"),
    without: tuple[str, ...] = (),
) -> list[ClaimedDelivery]:
    return await claim_deliveries(
        session, now=now, limit=limit, lease_seconds=60, token=token, channels=channels, without=without
    )


async def the_delivery(session: DatabaseSession) -> Delivery:
    return (await session.scalars(select(Delivery).execution_options(populate_existing=True))).one()
