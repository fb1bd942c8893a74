"""A whole workspace takes us out, and perhaps lets us in again: what becomes of its places, and who hears of it."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.outbox.places import Place
from engine.outbox.publishing import publish_announcement
from engine.people.models import Person

UNINSTALLED_KIND = (
    "notice.put_out"  # its subject is the channel's number of the installation that ended: each is told once
)


async def close_workspace(
    session: AsyncSession, *, channel: str, tenant: str, name: str, number: int, now: datetime
) -> None:
    """The workspace took us out: its places are closed, and the administrators hear of it, where they still can.

    `name` is the workspace's, `number` the channel's own of what ended. What was on its way there finds nobody.
    """
    there = (Place.channel == channel, Place.tenant == tenant, Place.closed_at.is_(None))
    await session.execute(update(Place).where(*there).values(closed_at=now))
    admins = (await session.scalars(select(Person.id).where(Person.role == "admin", Person.active))).all()
    details = {"key": "relay.put_out", "values": {"name": name}}
    await publish_announcement(
        session, UNINSTALLED_KIND, number, now, place_id=None, everywhere=False, people=admins, details=details
    )


async def reopen_workspace(session: AsyncSession, *, channel: str, tenant: str, since: datetime) -> None:
    """The workspace that took us out at `since` has us again: the places that were closed by it are open."""
    there = (Place.channel == channel, Place.tenant == tenant, Place.closed_at == since)
    await session.execute(update(Place).where(*there).values(closed_at=None))
