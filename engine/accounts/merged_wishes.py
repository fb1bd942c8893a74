"""The wishes that go along as two people are merged: not to be shown, and the channel that news go to first."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from engine.accounts.merged_rows import MERGE_ACCOUNTS_TABLE
from engine.people.models import Merge, Person

PRIVACY_WISHES = ("no_birthday_post", "no_public_kudos", "not_on_boards")  # wishes not to be shown
CARRIED_WISHES_KEY = "people.wishes"  # among what a merge moved: the wishes that `kept` had not had
OUTRANKED_ACCOUNTS_KEY = "identities.preferred_at"  # accounts that were preferred, where `kept` prefers others


def carry_wishes(merged: Person, kept: Person) -> list[str]:
    """Carry the privacy wishes of `merged` over to `kept`. Return the wishes that `kept` did not have before."""
    carried = [wish for wish in PRIVACY_WISHES if getattr(merged, wish) and not getattr(kept, wish)]
    for wish in carried:
        setattr(kept, wish, True)
    return carried


async def outrank_accounts(session: AsyncSession, kept: Person, accounts: Sequence[int]) -> Sequence[int]:
    """Let the preferred accounts of `kept` outrank those that came from `merged`: news go to one channel first.

    Return the ids of the accounts that lose their preference, which are none if `kept` prefers no channel.
    """
    wished = MERGE_ACCOUNTS_TABLE.c.preferred_at.is_not(None)
    own = select(MERGE_ACCOUNTS_TABLE.c.id).where(
        MERGE_ACCOUNTS_TABLE.c.person_id == kept.id, MERGE_ACCOUNTS_TABLE.c.id.not_in(accounts), wished
    )
    if await session.scalar(own.limit(1)) is None:
        return []
    theirs = (
        update(MERGE_ACCOUNTS_TABLE).where(MERGE_ACCOUNTS_TABLE.c.id.in_(accounts), wished).values(preferred_at=None)
    )
    return list(await session.scalars(theirs.returning(MERGE_ACCOUNTS_TABLE.c.id)))


async def take_back_wishes(session: AsyncSession, last: Merge, kept: Person) -> None:
    """Take the wishes back from `kept` that came by the merge, and let the accounts that moved be preferred again."""
    for wish in last.moved.get(CARRIED_WISHES_KEY, ()):
        setattr(kept, wish, False)
    theirs = (
        MERGE_ACCOUNTS_TABLE.c.id.in_(last.moved.get(OUTRANKED_ACCOUNTS_KEY, ())),
        MERGE_ACCOUNTS_TABLE.c.person_id == last.merged_id,
    )
    await session.execute(update(MERGE_ACCOUNTS_TABLE).where(*theirs).values(preferred_at=last.at))
