"""The places of a workspace that removes the bot and perhaps installs it again, and the notice about it."""

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
    """Close all places of a workspace that removed the bot, and notify the administrators who can still be reached.

    `name` is the workspace's, `number` the channel's own number of the installation that ended. Deliveries on their way
    there reach no person.
    """
    there = (Place.channel == channel, Place.tenant == tenant, Place.closed_at.is_(None))
    await session.execute(update(Place).where(*there).values(closed_at=now))
    admins = (await session.scalars(select(Person.id).where(Person.role == "admin", Person.active))).all()
    details = {"key": "relay.put_out", "values": {"name": name}}
    await publish_announcement(
        session, UNINSTALLED_KIND, number, now, place_id=None, everywhere=False, people=admins, details=details
    )


async def reopen_workspace(session: AsyncSession, *, channel: str, tenant: str, since: datetime) -> None:
    """Reopen the places that were closed when the workspace removed the bot at `since`, as it is installed again."""
    there = (Place.channel == channel, Place.tenant == tenant, Place.closed_at == since)
    await session.execute(update(Place).where(*there).values(closed_at=None))
