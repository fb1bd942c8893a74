"""The daily pass writes what has changed and nothing else, in transactions that are short."""

from dataclasses import replace
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from channels.tasks.member_pages import MAX_MEMBERS_PER_TRANSACTION, store_member_page
from engine.db.connection import SessionFactory
from engine.directory.member_changes import MemberPage
from engine.directory.workspace_members import WorkspaceMember
from engine.people.account import Account
from engine.people.models import Person
from tests.conftest import NOW

WRITES = ("INSERT", "UPDATE", "DELETE")


def member(number: int) -> WorkspaceMember:
    account = Account("slack", "T01CORP", f"U{number}")
    return WorkspaceMember(account, f"p{number}@corp.test", f"Person {number}", "es-ES", "Europe/Madrid")


async def test_only_changes_are_written_and_in_short_transactions(
    database: AsyncEngine, writing: SessionFactory, reading: SessionFactory
) -> None:
    transactions: list[list[str]] = [[]]

    @event.listens_for(database.sync_engine, "before_cursor_execute")
    def _statement(*call: Any) -> None:
        transactions[-1].append(call[2])

    @event.listens_for(database.sync_engine, "commit")
    def _commit(*_: Any) -> None:
        transactions.append([])

    async def count_writing(members: list[WorkspaceMember], former: tuple[Account, ...] = ()) -> int:
        transactions[:] = [[]]
        strangers = await store_member_page(reading, writing, MemberPage(members, former), NOW)
        assert strangers == set()
        return sum(any(text.startswith(WRITES) for text in texts) for texts in transactions)

    members = [member(number) for number in range(2 * MAX_MEMBERS_PER_TRANSACTION + 1)]
    assert await count_writing(members) == 3
    assert await count_writing(members) == 0
    assert sum(map(len, transactions)) <= 6, "an unchanged page is a few statements, however long it is"
    gone = members.pop().account
    changes = {
        "a name": lambda one: replace(one, name="Other"),
        "an address": lambda one: replace(one, email=f"new.{one.email}"),
        "a language": lambda one: replace(one, locale="en-GB"),
        "a zone": lambda one: replace(one, timezone="Europe/Paris"),
    }
    for at, (what, change) in enumerate(changes.items()):
        members[at] = change(members[at])
        assert await count_writing(members) == 1, what
        assert await count_writing(members) == 0, what
    assert await count_writing(members, (gone,)) == 1
    assert await count_writing(members, (gone, Account("slack", "T01CORP", "UBOT"))) == 0
    async with reading() as session:
        assert await session.scalar(select(func.count()).where(Person.active)) == len(members)
    assert await count_writing([*members, member(len(members))]) == 1, "whoever comes back is admitted again"
