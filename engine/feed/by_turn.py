"""The gift that came from a person's turn."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.awards.models import Award
from engine.kudos.models import Kudos
from engine.people.account import Account
from engine.people.lookup import match_account
from engine.people.models import Identity, Person


@dataclass(frozen=True, slots=True)
class GiftOfTurn:
    kind: Literal["award", "kudos"]
    id: int
    stands: bool  # whether there is anything of it that could be taken back


async def find_gift_of_turn(session: AsyncSession, cause: str, account: Account) -> GiftOfTurn | None:
    """Find the newest gift with that cause, even if it was taken back: kudos, or else an award.

    Awards count only if the account's person gave them; one that stands is preferred.
    """
    newest = select(Kudos.id, Kudos.undone_at.is_(None)).where(Kudos.cause == cause).order_by(Kudos.id.desc()).limit(1)
    if kudos := (await session.execute(newest)).first():
        return GiftOfTurn("kudos", kudos[0], bool(kudos[1]))
    giver = select(Identity.person_id).where(match_account(Identity, account))
    stands = Award.undone_at.is_(None) & Award.revoked_at.is_(None)
    given = select(Award.id, stands).where(Award.giver_id.in_(giver), Award.cause == cause)
    award = (await session.execute(given.order_by(stands.desc(), Award.id.desc()).limit(1))).first()
    return GiftOfTurn("award", award[0], bool(award[1])) if award else None


async def is_already_thanked(session: AsyncSession, cause: str, *, giver_id: int) -> bool:
    """Check whether kudos with that cause exist that were not taken back.

    This locks the giver, so that simultaneous requests are handled one after another.
    """
    await session.execute(select(Person.id).where(Person.id == giver_id).with_for_update(key_share=True))
    standing = select(Kudos.id).where(Kudos.cause == cause, Kudos.undone_at.is_(None)).limit(1)
    return await session.scalar(standing) is not None
