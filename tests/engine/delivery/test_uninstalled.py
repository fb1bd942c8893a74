"""A workspace takes us out: its places are closed, and open again where it has us back; the administrators hear."""

from sqlalchemy import select

from engine.db.connection import DatabaseSession
from engine.delivery.uninstalled import close_workspace, reopen_workspace
from engine.outbox.models import Announcement, Delivery
from engine.outbox.places import Place, get_or_create_place, mark_place_closed
from tests import people
from tests.conftest import NOW, Clock

HERE, THERE = {"channel": "slack", "tenant": "T1"}, {"channel": "slack", "tenant": "T2"}


async def seen(session: DatabaseSession) -> None:
    for where in (HERE, THERE, {"channel": "teams", "tenant": "T1"}):
        for name in ("C1", "C2"):
            await get_or_create_place(session, **where, external_id=name, name=name, now=NOW)


async def open_ones(session: DatabaseSession) -> list[tuple[str, str, str]]:
    found = select(Place.channel, Place.tenant, Place.external_id).where(Place.closed_at.is_(None)).order_by(Place.id)
    return [(channel, tenant, name) for channel, tenant, name in await session.execute(found)]


async def test_its_places_are_closed_and_come_back_but_for_those_closed_before(
    session: DatabaseSession, clock: Clock
) -> None:
    await seen(session)
    before = await open_ones(session)
    await mark_place_closed(session, **HERE, external_id="C2", now=NOW)
    clock.advance(hours=1)
    await close_workspace(session, **HERE, name="Corp", number=1, now=clock())
    assert await open_ones(session) == before[2:]
    await reopen_workspace(session, **HERE, since=clock())
    assert await open_ones(session) == [before[0], *before[2:]]


async def test_the_administrators_hear_of_each_once(session: DatabaseSession) -> None:
    eve = await people.add(session, "Eve Adams", role="admin")
    await people.add(session, "Ana López")
    for number in (1, 2):
        await close_workspace(session, **HERE, name="Corp", number=number, now=NOW)
    found = await session.execute(
        select(Announcement.subject_id, Delivery.destination)
        .join(Delivery, Delivery.announcement_id == Announcement.id)
        .order_by(Announcement.subject_id)
    )
    assert [tuple(row) for row in found] == [(1, f"person:{eve.id}"), (2, f"person:{eve.id}")]
