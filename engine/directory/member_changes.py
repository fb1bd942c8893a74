"""Which members of a workspace differ from what is stored: the others need no writer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.directory.workspace_members import WorkspaceMember, build_shown_values, is_admitting_members
from engine.people.account import Account
from engine.people.email import is_email, normalize_email
from engine.people.models import Identity, Person, UnlinkedAccount


@dataclass(frozen=True, slots=True)
class StoredMember:
    """The person behind an account, and since when its workspace reports them as gone."""

    person: Person
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class MemberPage:
    """A part of a workspace, all of one channel and tenant: its full members, and who is none any more."""

    members: Sequence[WorkspaceMember] = ()
    former: Sequence[Account] = ()

    def split(self, size: int) -> list["MemberPage"]:
        """Split the page into pages of at most `size` members and `size` former ones."""
        starts = range(0, max(len(self.members), len(self.former)), size)
        return [MemberPage(self.members[at : at + size], self.former[at : at + size]) for at in starts]


async def find_member_changes(session: AsyncSession, page: MemberPage) -> MemberPage:
    """Find the part of the page that may have to be written.

    The number of read statements is the same for a page of any length.
    """
    accounts = [member.account for member in page.members] + list(page.former)
    if not accounts:
        return MemberPage()
    is_admitting = await is_admitting_members(session)
    stored = await _load_stored(session, accounts)
    emails = [normalize_email(member.email) for member in page.members]
    held = set(await session.scalars(select(Person.email).where(Person.email.in_(emails))))
    let_go = await _load_let_go(session, page.former) if is_admitting else set()
    here = let_go | {account for account, one in stored.items() if one.left_at is None or one.person.active}
    return MemberPage(
        [one for one in page.members if not _is_unchanged(one, stored.get(one.account), held, is_admitting)],
        [one for one in page.former if is_admitting and one in here],
    )


def _is_unchanged(
    member: WorkspaceMember, stored: StoredMember | None, held: Collection[str | None], is_admitting: bool
) -> bool:
    email = normalize_email(member.email)
    if stored is None:
        return not is_email(email) and not is_email(normalize_email(member.also))
    person = stored.person
    told = (member.locale or person.locale, member.timezone or person.timezone)
    if not person.active or person.kind != "employee" or told != (person.locale, person.timezone):
        return False
    if not is_admitting or not is_email(email):
        return True
    if stored.left_at is not None or email not in held:
        return False
    if person.admitted_by is None:
        return person.email == email
    return all(getattr(person, name) == value for name, value in build_shown_values(member).items())


async def _load_stored(session: AsyncSession, accounts: Sequence[Account]) -> Mapping[Account, StoredMember]:
    rows = await session.execute(
        select(Identity.external_id, Identity.left_at, Person)
        .join(Person, Person.id == Identity.person_id)
        .where(
            Identity.channel == accounts[0].channel,
            Identity.tenant == accounts[0].tenant,
            Identity.external_id.in_([account.external_id for account in accounts]),
        )
    )
    first = accounts[0]
    return {Account(first.channel, first.tenant, name): StoredMember(person, left) for name, left, person in rows}


async def _load_let_go(session: AsyncSession, accounts: Sequence[Account]) -> set[Account]:
    """Load those of the accounts that their person unlinked, where that person is still active."""
    if not accounts:
        return set()
    found = await session.scalars(
        select(UnlinkedAccount.external_id)
        .join(Person, Person.id == UnlinkedAccount.person_id)
        .where(
            UnlinkedAccount.channel == accounts[0].channel,
            UnlinkedAccount.tenant == accounts[0].tenant,
            UnlinkedAccount.external_id.in_([account.external_id for account in accounts]),
            Person.active,
        )
    )
    return {Account(accounts[0].channel, accounts[0].tenant, name) for name in found}
