"""A light thank-you: giver, receivers, words, tags."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin import permissions
from engine.admin.settings import Settings
from engine.errors import Refused
from engine.kudos.models import KIND, Kudos, source_of
from engine.outbox import publishing
from engine.people.models import Person
from engine.points import ledger


async def undo(session: AsyncSession, kudos_id: int, *, actor: Person, settings: Settings, now: datetime) -> Kudos:
    """The giver takes a gift back within the settings' minutes (0: at any time). Its allowance returns on the day
    it was spent, its points are reversed.

    Raises Refused: "unknown_kudos", "not_your_gift", "already_undone", "undo_too_late" (count: minutes).
    """
    permissions.require(actor, "undo")
    gift = await session.get(Kudos, kudos_id, with_for_update={"key_share": True})
    if gift is None:
        raise Refused("unknown_kudos")
    if gift.giver_id != actor.id:
        raise Refused("not_your_gift")
    if gift.undone_at is not None:
        raise Refused("already_undone")
    if settings.undo_minutes and now - gift.given_at > timedelta(minutes=settings.undo_minutes):
        raise Refused("undo_too_late", count=settings.undo_minutes)
    gift.undone_at = now
    await ledger.reverse(session, source_of(gift.id), now)
    await publishing.want_anew(session, KIND, gift.id, now)
    return gift
