"""Who was on rosters of a channel and is on none any more."""

import pytest

from engine.accounts.conversation_references import get_account_reference, save_account_reference
from engine.db.connection import DatabaseSession
from engine.directory.rosters import find_missing_accounts, record_rosters
from engine.directory.workspace_members import WorkspaceMember, deactivate_member, link_or_admit_member
from engine.people.account import Account
from tests.conftest import NOW

TEAMS = {"channel": "teams", "tenant": "t1"}
BOTH = {"ana": {"p1", "p2"}, "bob": {"p2"}}


@pytest.fixture(autouse=True)
async def colleagues(session: DatabaseSession) -> None:
    for who in ("ana", "bob"):
        await admit(session, Account("teams", "t1", who))
    await record_rosters(session, **TEAMS, seen=BOTH)


async def admit(session: DatabaseSession, account: Account, who: str = "") -> None:
    await link_or_admit_member(
        session, WorkspaceMember(account, f"{who or account.external_id}@corp.test", "A Name"), now=NOW
    )


async def lost(session: DatabaseSession, seen: set[str], read: set[str]) -> set[str]:
    return set(await find_missing_accounts(session, **TEAMS, seen=seen, read=read))


async def test_who_is_on_none_of_them_any_more(session: DatabaseSession) -> None:
    assert await lost(session, {"ana"}, {"p1", "p2"}) == {"bob"}
    assert await lost(session, {"ana", "bob"}, {"p1", "p2"}) == set()


async def test_a_roster_that_was_not_read_may_still_know_them(session: DatabaseSession) -> None:
    assert await lost(session, set(), {"p2", "p3"}) == {"bob"}
    await record_rosters(session, **TEAMS, seen={"ana": {"p2"}})
    assert await lost(session, set(), {"p2", "p3"}) == {"ana", "bob"}


async def test_who_was_on_none_is_not_missing(session: DatabaseSession) -> None:
    await admit(session, Account("teams", "t1", "carla"))
    assert await lost(session, {"ana", "bob"}, {"p1", "p2"}) == set()


@pytest.mark.parametrize("other", [Account("teams", "t2", "bob2"), Account("slack", "T01", "UBOB")])
async def test_whom_another_organisation_knows_is_not_missing(session: DatabaseSession, other: Account) -> None:
    await admit(session, Account("slack", "T01", "UDAN"))
    await admit(session, other, "bob")
    assert await lost(session, {"ana"}, {"p1", "p2"}) == set()


async def test_what_the_account_is_reached_by_stays(session: DatabaseSession) -> None:
    bob = Account(**TEAMS, external_id="bob")
    await save_account_reference(session, bob, alias=None, details={"user": "29:bob"})
    await record_rosters(session, **TEAMS, seen=BOTH)
    await session.flush()
    assert await get_account_reference(session, bob) == {"user": "29:bob", "rosters": ["p2"]}


async def test_who_left_the_other_one_is_missing(session: DatabaseSession) -> None:
    slack = Account("slack", "T01", "UBOB")
    await admit(session, Account("slack", "T01", "UDAN"))
    await admit(session, slack, "bob")
    await deactivate_member(session, slack, now=NOW)
    assert await lost(session, {"ana"}, {"p1", "p2"}) == {"bob"}
