"""Notice to the administrators, on another channel, that a channel refuses the bot."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.statements import build_insert
from engine.outbox.models import Announcement, Delivery
from engine.people.models import EMAIL_CHANNEL, Identity, Person

CHANNEL_REFUSED_KINDS = {
    channel: f"refused.{channel}" for channel in (EMAIL_CHANNEL, "slack", "teams", "telegram", "web")
}


async def notify_channel_refused(
    session: AsyncSession, channel: str, why: str, *, others: Collection[str], now: datetime
) -> None:
    """Notify the administrators who have an account on one of the `others`, once a day (UTC)."""
    accounts = await _of_admins(session, others)
    if not accounts:
        return
    fact = {
        "kind": CHANNEL_REFUSED_KINDS[channel],
        "subject_id": now.toordinal(),
        "details": {"channel": channel, "why": why},
    }
    new = build_insert(session, Announcement).values(created_at=now, **fact).on_conflict_do_nothing()
    announcement_id = await session.scalar(new.returning(Announcement.id))
    if announcement_id is not None:
        session.add_all(
            Delivery(
                announcement_id=announcement_id,
                destination=f"person:{account.person_id}",
                identity_id=account.id,
                channel=account.channel,
                wanted_version=1,
                due_at=now,
            )
            for account in accounts
        )


async def _of_admins(session: AsyncSession, channels: Collection[str]) -> Sequence[Identity]:
    """Return one account for each administrator on these channels: on the preferred channel, else the one used last."""
    mine = (
        select(Identity)
        .join(Person, Person.id == Identity.person_id)
        .where(Person.role == "admin", Person.active, Identity.channel.in_(channels), Identity.channel != EMAIL_CHANNEL)
        .order_by(Identity.preferred_at.is_not(None), Identity.seen_at, Identity.id)
    )
    last_wins = {account.person_id: account for account in await session.scalars(mine)}
    return list(last_wins.values())
