"""Who was on rosters of a channel and is on none any more."""

import pytest

from engine.accounts import conversation_references
from engine.db.connection import Session
from engine.directory import rosters as directory_rosters
from engine.directory import workspace_members
from engine.directory.workspace_members import Member
from engine.people.models import Account
from tests.conftest import NOW

TEAMS = {"channel": "teams", "tenant": "t1"}
BOTH = {"ana": {"p1", "p2"}, "bob": {"p2"}}


@pytest.fixture(autouse=True)
async def colleagues(session: Session) -> None:
    for who in ("ana", "bob"):
        await admit(session, Account("teams", "t1", who))
    await directory_rosters.note(session, **TEAMS, seen=BOTH)


async def admit(session: Session, account: Account, who: str = "") -> None:
    await workspace_members.meet(session, Member(account, f"{who or account.external_id}@corp.test", "A Name"), now=NOW)


async def lost(session: Session, seen: set[str], read: set[str]) -> set[str]:
    return set(await directory_rosters.missing(session, **TEAMS, seen=seen, read=read))


async def test_who_is_on_none_of_them_any_more(session: Session) -> None:
    assert await lost(session, {"ana"}, {"p1", "p2"}) == {"bob"}
    assert await lost(session, {"ana", "bob"}, {"p1", "p2"}) == set()


async def test_a_roster_that_was_not_read_may_still_know_them(session: Session) -> None:
    assert await lost(session, set(), {"p2", "p3"}) == {"bob"}
    await directory_rosters.note(session, **TEAMS, seen={"ana": {"p2"}})
    assert await lost(session, set(), {"p2", "p3"}) == {"ana", "bob"}


async def test_who_was_on_none_is_not_missing(session: Session) -> None:
    await admit(session, Account("teams", "t1", "carla"))
    assert await lost(session, {"ana", "bob"}, {"p1", "p2"}) == set()


@pytest.mark.parametrize("other", [Account("teams", "t2", "bob2"), Account("slack", "T01", "UBOB")])
async def test_whom_another_organisation_knows_is_not_missing(session: Session, other: Account) -> None:
    await admit(session, Account("slack", "T01", "UDAN"))
    await admit(session, other, "bob")
    assert await lost(session, {"ana"}, {"p1", "p2"}) == set()


async def test_what_the_account_is_reached_by_stays(session: Session) -> None:
    where = {**TEAMS, "account": "bob"}
    await conversation_references.keep_account(session, **where, alias=None, details={"user": "29:bob"})
    await directory_rosters.note(session, **TEAMS, seen=BOTH)
    await session.flush()
    assert await conversation_references.of_account(session, **where) == {"user": "29:bob", "rosters": ["p2"]}


async def test_who_left_the_other_one_is_missing(session: Session) -> None:
    slack = Account("slack", "T01", "UBOB")
    await admit(session, Account("slack", "T01", "UDAN"))
    await admit(session, slack, "bob")
    await workspace_members.leave(session, slack, now=NOW)
    assert await lost(session, {"ana"}, {"p1", "p2"}) == {"bob"}
