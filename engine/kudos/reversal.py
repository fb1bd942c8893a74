"""Taking kudos back: the points are reversed, and the cards are drawn again."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.permissions import require_permission
from engine.admin.settings import Settings
from engine.errors import Refused
from engine.kudos.models import KUDOS_KIND, Kudos, KudosReceiver, build_kudos_source
from engine.outbox.publishing import mark_changed
from engine.people.holding import hold_people_of
from engine.people.models import Person
from engine.points.ledger import reverse_movements


async def undo_kudos(
    session: AsyncSession, kudos_id: int, *, actor: Person, settings: Settings, now: datetime
) -> Kudos:
    """Take back the giver's kudos within the minutes of the settings (0: at any time).

    The allowance returns on the day it was spent, and the points are reversed. Returns the kudos.

    Raises Refused: "unknown_kudos", "not_your_gift", "already_undone", "undo_too_late" (count: minutes).
    """
    require_permission(actor, "undo")
    await hold_people_of(session, select(KudosReceiver.receiver_id).where(KudosReceiver.kudos_id == kudos_id))
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
    await reverse_movements(session, build_kudos_source(gift.id), now)
    await mark_changed(session, KUDOS_KIND, gift.id, now)
    return gift
