"""Taking an award back: the giver's undo, and an administrator's revoke. Nothing is deleted."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from engine import access, audit, outbox, points, thanks
from engine.awarded import Award, is_id, of_gift, source
from engine.errors import Refused
from engine.people import Person
from engine.settings import Settings

LONGEST_REASON = 500  # characters


async def undo(session: AsyncSession, award_id: int, *, actor: Person, settings: Settings, now: datetime) -> Award:
    """The giver takes an award back within the settings' minutes (0: at any time). Its occurrence is free again.

    Raises Refused: unknown_award, not_your_gift, already_undone, already_revoked, undo_too_late.
    """
    access.require(actor, "undo")
    award = await _held(session, award_id)
    if award.giver_id != actor.id:
        raise Refused("not_your_gift")
    _refuse_ended(award)
    if settings.undo_minutes and now - award.awarded_at > timedelta(minutes=settings.undo_minutes):
        raise Refused("undo_too_late", count=settings.undo_minutes)
    award.undone_at = now
    award.freed = True
    await _take_back(session, award, now)
    return award


async def revoke(
    session: AsyncSession, award_id: int, *, actor: Person, reason: str, origin: str, now: datetime
) -> Award:
    """An administrator revokes an award. Its occurrence stays closed: only a human gives it to that person again.

    `origin` is where the order came from ("slack", "cli"…). Raises NotAllowed for a member, and Refused:
    reason_missing, reason_too_long, words_unstorable, unknown_award, already_undone, already_revoked.
    """
    access.require(actor, "revoke")
    _refuse_reason(reason)
    award = await _held(session, award_id)
    _refuse_ended(award)
    award.revoked_at = now
    award.revoked_by = actor.id
    award.revoke_reason = reason
    await _take_back(session, award, now)
    audit.record(
        session,
        "award.revoke",
        f"award:{award.id}",
        now,
        actor_id=actor.id,
        origin=origin,
        before={"revoked": False},
        after={"revoked": True, "reason": reason, "points": -award.points, "receiver_id": award.receiver_id},
    )
    return award


def _refuse_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused("reason_missing")
    if len(reason) > LONGEST_REASON:
        raise Refused("reason_too_long", length=len(reason), limit=LONGEST_REASON)
    if not thanks.is_storable(reason):
        raise Refused("words_unstorable")


async def _held(session: AsyncSession, award_id: int) -> Award:
    """The award as it is now, its row held until the transaction ends."""
    if not is_id(award_id):
        raise Refused("unknown_award")
    award = await session.get(Award, award_id, with_for_update={"key_share": True}, populate_existing=True)
    if award is None:
        raise Refused("unknown_award")
    return award


def _refuse_ended(award: Award) -> None:
    if award.undone_at is not None:
        raise Refused("already_undone")
    if award.revoked_at is not None:
        raise Refused("already_revoked")


async def _take_back(session: AsyncSession, award: Award, now: datetime) -> None:
    await points.reverse(session, source(award.id), now)
    told: int = (await session.execute(select(func.min(Award.id)).where(of_gift(award.id)))).scalar_one()
    await outbox.want_anew(session, "award", told, now)
