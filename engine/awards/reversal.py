"""A gift of badges: the awards that one giver gave by one turn. They are taken back together."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from engine.admin.audit import record_audit
from engine.admin.permissions import require_permission
from engine.admin.settings import Settings
from engine.awards.models import Award, build_award_source, is_award_id
from engine.awards.queries import AWARD_STANDS, is_same_gift
from engine.errors import Refused
from engine.messages import is_storable
from engine.outbox.publishing import mark_changed
from engine.people.holding import hold_people_of
from engine.people.models import Person
from engine.points.ledger import reverse_movements


async def undo_gift(
    session: AsyncSession, award_id: int, *, actor: Person, settings: Settings, now: datetime
) -> Sequence[int]:
    """Take back every award of the gift that `award_id` is of. Return the ids of those taken back.

    Awards that an administrator has revoked meanwhile stay so. Raises Refused as `undo_award`.
    """
    # They share one celebration: changing it before all of them are locked could deadlock with a transaction that holds
    # one of the awards and waits for the celebration.
    await _hold_people(session, is_same_gift(award_id))
    held = (
        select(Award.id).where(is_same_gift(award_id), *AWARD_STANDS).order_by(Award.id).with_for_update(key_share=True)
    )
    taken = (await session.scalars(held)).all() or [award_id]
    for one in taken:
        await undo_award(session, one, actor=actor, settings=settings, now=now)
    return taken


MAX_REASON_LENGTH = 500  # characters


async def undo_award(
    session: AsyncSession, award_id: int, *, actor: Person, settings: Settings, now: datetime
) -> Award:
    """Take back the giver's own award within the settings' minutes (0: at any time). Its occurrence is free again.

    Raises Refused: unknown_award, not_your_gift, already_undone, already_revoked, undo_too_late.
    """
    require_permission(actor, "undo")
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


async def revoke_award(
    session: AsyncSession, award_id: int, *, actor: Person, reason: str, origin: str, now: datetime
) -> Award:
    """Revoke an award as an administrator. Its occurrence stays closed: only a human can give it again.

    `origin` is where the order came from ("slack", "cli"…). Raises NotAllowed for a member, and Refused:
    reason_missing, reason_too_long, words_unstorable, unknown_award, already_undone, already_revoked.
    """
    require_permission(actor, "revoke")
    _refuse_reason(reason)
    award = await _held(session, award_id)
    _refuse_ended(award)
    award.revoked_at = now
    award.revoked_by = actor.id
    award.revoke_reason = reason
    await _take_back(session, award, now)
    record_audit(
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
    if len(reason) > MAX_REASON_LENGTH:
        raise Refused("reason_too_long", length=len(reason), limit=MAX_REASON_LENGTH)
    if not is_storable(reason):
        raise Refused("words_unstorable")


async def _held(session: AsyncSession, award_id: int) -> Award:
    """Return the award as it is now, its row held until the transaction ends. Raises Refused "unknown_award"."""
    if not is_award_id(award_id):
        raise Refused("unknown_award")
    await _hold_people(session, Award.id == award_id)
    award = await session.get(Award, award_id, with_for_update={"key_share": True}, populate_existing=True)
    if award is None:
        raise Refused("unknown_award")
    return award


async def _hold_people(session: AsyncSession, which: ColumnElement[bool]) -> None:
    """Lock the people who got points for these awards: the receivers and the givers."""
    givers = select(Award.giver_id).where(which, Award.giver_id.is_not(None))
    await hold_people_of(session, select(union(select(Award.receiver_id).where(which), givers).subquery().c[0]))


def _refuse_ended(award: Award) -> None:
    if award.undone_at is not None:
        raise Refused("already_undone")
    if award.revoked_at is not None:
        raise Refused("already_revoked")


async def _take_back(session: AsyncSession, award: Award, now: datetime) -> None:
    await reverse_movements(session, build_award_source(award.id), now)
    told: int = (await session.execute(select(func.min(Award.id)).where(is_same_gift(award.id)))).scalar_one()
    await mark_changed(session, "award", told, now)
