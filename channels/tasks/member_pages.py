"""A page of a workspace's members, written in short transactions so that gifts do not wait for it."""

from datetime import datetime

from engine.db.connection import SessionFactory
from engine.directory.member_changes import MemberPage, find_member_changes
from engine.directory.workspace_members import deactivate_member, link_or_admit_member
from engine.people.account import Account

MAX_MEMBERS_PER_TRANSACTION = 25  # people: SQLite has one writer, and all other work waits for it


async def store_member_page(
    reading: SessionFactory, writing: SessionFactory, page: MemberPage, now: datetime
) -> set[Account]:
    """Admit and update full members, and deactivate former ones. Return the accounts linked to no person.

    An unchanged page opens no writing transaction.
    """
    async with reading.begin() as session:
        changes = await find_member_changes(session, page)
    strangers: set[Account] = set()
    for part in changes.split(MAX_MEMBERS_PER_TRANSACTION):
        async with writing.begin() as session:
            for member in part.members:
                if await link_or_admit_member(session, member, now=now) is None:
                    strangers.add(member.account)
            for account in part.former:
                await deactivate_member(session, account, now=now)
    return strangers
