"""Members of a workspace become people without any file: whom it brings, follows and lets go."""

from pathlib import Path

import pytest
from sqlalchemy import select

from engine.accounts.merging import merge_people
from engine.accounts.own_accounts import list_accounts, unlink_account
from engine.admin.first_admins import store_first_admins
from engine.db.connection import DatabaseSession
from engine.directory import workspace_members
from engine.directory.importing import import_people
from engine.directory.workspace_members import (
    WorkspaceMember,
    deactivate_member,
    is_admitting_members,
    link_or_admit_member,
    set_admission_source,
)
from engine.people.account import Account
from engine.people.models import Person
from engine.people_file.choices import Choices
from tests import people
from tests.conftest import NOW

NIA = Account("slack", "T01CORP", "UNIA")


def member(email: str = "Nia@corp.test", name: str = "Nia New", account: Account = NIA) -> WorkspaceMember:
    return WorkspaceMember(account, email, name, locale="es-ES", timezone="Europe/Madrid")


async def everybody(session: DatabaseSession) -> list[tuple[str, str | None, bool]]:
    rows = await session.execute(select(Person.display_name, Person.email, Person.active).order_by(Person.id))
    return [(name, email, active) for name, email, active in rows]


async def test_a_member_becomes_a_person(session: DatabaseSession) -> None:
    nia = await link_or_admit_member(session, member(), now=NOW)
    assert nia is not None
    assert (nia.display_name, nia.email, nia.folded_name) == ("Nia New", "nia@corp.test", "nia new")
    assert (nia.locale, nia.timezone, nia.role) == ("es-ES", "Europe/Madrid", "member")
    again = await link_or_admit_member(session, member(), now=NOW)
    assert again is not None
    assert again.id == nia.id


async def test_who_is_wished_as_an_administrator_is_one(session: DatabaseSession) -> None:
    await store_first_admins(session, ["nia@corp.test"], NOW)
    nia = await link_or_admit_member(session, member(), now=NOW)
    assert nia is not None
    await session.refresh(nia)
    assert nia.role == "admin"


@pytest.mark.parametrize(("wanted", "admitted"), [("", False), ("directory", False), ("workspace", True)])
async def test_where_a_directory_was_imported(
    session: DatabaseSession, wanted: workspace_members.AdmissionSource, admitted: bool
) -> None:
    await people.add(session, "Ana López")
    await set_admission_source(session, wanted)
    assert (await link_or_admit_member(session, member(), now=NOW) is not None) is admitted


async def test_directory_admits_nobody_even_where_nobody_is_there(session: DatabaseSession) -> None:
    await set_admission_source(session, "directory")
    assert await link_or_admit_member(session, member(), now=NOW) is None
    assert await everybody(session) == []


async def test_a_profile_that_changes_is_followed(session: DatabaseSession) -> None:
    await link_or_admit_member(session, member(), now=NOW)
    await link_or_admit_member(session, member(name="Nia Newman"), now=NOW)
    assert await everybody(session) == [("Nia Newman", "nia@corp.test", True)]
    await link_or_admit_member(session, member("nia.newman@corp.test", "Nia Newman"), now=NOW)
    assert await everybody(session) == [("Nia Newman", "nia.newman@corp.test", True)]


async def test_an_address_that_somebody_else_has_is_not_taken(session: DatabaseSession) -> None:
    await link_or_admit_member(session, member(), now=NOW)
    other = Account("slack", "T01CORP", "UMAX")
    await link_or_admit_member(session, member("max@corp.test", "Max", other), now=NOW)
    await link_or_admit_member(session, member("max@corp.test", "Nia New"), now=NOW)
    assert [email for _, email, _ in await everybody(session)] == ["nia@corp.test", "max@corp.test"]


async def test_who_leaves_is_inactive_and_comes_back(session: DatabaseSession) -> None:
    nia = await link_or_admit_member(session, member(), now=NOW)
    await deactivate_member(session, NIA, now=NOW)
    assert await everybody(session) == [("Nia New", "nia@corp.test", False)]
    session.expunge_all()
    back = await link_or_admit_member(session, member(), now=NOW)
    assert back is not None
    assert nia is not None
    assert (back.id, back.active) == (nia.id, True)


async def test_who_was_imported_follows_the_file(session: DatabaseSession, tmp_path: Path) -> None:
    await link_or_admit_member(session, member(), now=NOW)
    file = tmp_path / "people.csv"
    file.write_text("email,display_name\nnia@corp.test,Nia of the File\n")
    await import_people(session, file, choices=Choices(), actor=None, origin="cli", now=NOW)
    session.expunge_all()
    assert not await is_admitting_members(session), "a directory was imported"
    await set_admission_source(session, "workspace")
    await link_or_admit_member(session, member(name="Another Name"), now=NOW)
    await deactivate_member(session, NIA, now=NOW)
    assert await everybody(session) == [("Nia of the File", "nia@corp.test", True)]


async def test_who_was_merged_does_not_come_back(session: DatabaseSession) -> None:
    nia = await link_or_admit_member(session, member(), now=NOW)
    max_ = await link_or_admit_member(
        session, member("max@corp.test", "Max", Account("slack", "T01CORP", "UMAX")), now=NOW
    )
    eve = Person(
        email="eve@corp.test", display_name="Eve", role="admin", admitted_by="slack", created_at=NOW, updated_at=NOW
    )
    session.add(eve)
    await session.flush()
    assert nia is not None
    assert max_ is not None
    await merge_people(session, nia, max_, actor=eve, origin="web", now=NOW)
    found = await link_or_admit_member(session, member(account=Account("slack", "T01CORP", "UNIA2")), now=NOW)
    assert found is not None
    assert found.id == max_.id
    assert ("Nia New", "nia@corp.test", False) in await everybody(session)


async def named(session: DatabaseSession, account: Account, email: str, name: str) -> None:
    await link_or_admit_member(session, member(email, name, account), now=NOW)
    session.expunge_all()


async def gone(session: DatabaseSession, account: Account) -> None:
    await deactivate_member(session, account, now=NOW)
    session.expunge_all()


async def test_who_leaves_one_of_two_workspaces_has_not_left(session: DatabaseSession) -> None:
    other = Account("slack", "T02CORP", "UNIA2")
    for account in (NIA, other):
        await named(session, account, "nia@corp.test", "Nia New")
    await gone(session, NIA)
    assert await everybody(session) == [("Nia New", "nia@corp.test", True)]
    await gone(session, other)
    assert await everybody(session) == [("Nia New", "nia@corp.test", False)]


async def test_who_left_one_channel_belongs_to_the_other_one(session: DatabaseSession) -> None:
    """Pass by pass: what one channel says of somebody who left it does not undo what the other one says."""
    teams = Account("teams", "t1", "nia")
    for account in (NIA, teams):
        await named(session, account, "nia@corp.test", "Nia New")
    await gone(session, teams)
    assert await everybody(session) == [("Nia New", "nia@corp.test", True)], "Slack brought them"
    await named(session, teams, "nia@corp.test", "Nia New")
    await gone(session, NIA)
    for _ in range(2):
        await named(session, teams, "nia@corp.test", "Nia New")
        await gone(session, NIA)
        assert await everybody(session) == [("Nia New", "nia@corp.test", True)]
    await gone(session, teams)
    assert await everybody(session) == [("Nia New", "nia@corp.test", False)]


async def test_who_let_their_account_go_is_let_go_too(session: DatabaseSession) -> None:
    nia = await link_or_admit_member(session, member(), now=NOW)
    assert nia is not None
    (account,) = await list_accounts(session, nia.id)
    await unlink_account(session, account.id, actor=nia, now=NOW)
    await gone(session, NIA)
    assert await everybody(session) == [("Nia New", "nia@corp.test", False)]


async def test_one_account_says_what_somebody_is_called(session: DatabaseSession) -> None:
    """Of several the first on the channel that brought them: otherwise names would go to and fro each night."""
    await named(session, NIA, "nia@corp.test", "Nia New")
    for account in (Account("teams", "t1", "nia"), Account("slack", "T02CORP", "UNIA2")):
        await named(session, account, "nia@corp.test", "N. New (External)")
        await named(session, account, "nia.new@else.test", "N. New (External)")
        assert await everybody(session) == [("Nia New", "nia@corp.test", True)], account
    await gone(session, NIA)
    await named(session, Account("slack", "T02CORP", "UNIA2"), "nia.new@else.test", "Nia Newer")
    assert await everybody(session) == [("Nia Newer", "nia.new@else.test", True)]


@pytest.mark.parametrize(
    "email", ["", "nia", "nia@corp.test\nBcc: eve@evil.test", "a@b,c@d", "n@" + "x" * 254, "a\0@b"]
)
async def test_what_is_no_address_brings_nobody(session: DatabaseSession, email: str) -> None:
    assert await link_or_admit_member(session, member(email), now=NOW) is None
    assert await everybody(session) == []


async def test_a_name_of_a_profile_can_be_stored(session: DatabaseSession) -> None:
    await link_or_admit_member(session, member(name=" N\0i\u200bа" + "n" * 400), now=NOW)
    [(name, _, _)] = await everybody(session)
    assert name == "Niа" + "n" * 252


async def test_two_addresses_of_one_member_bring_one_person(session: DatabaseSession) -> None:
    """Slack knows them by what they sign in with, and Teams by where they get mail: one person, one ledger."""
    await named(session, NIA, "nia@corp.test", "Nia New")
    teams = WorkspaceMember(Account("teams", "t1", "nia"), "Nia.New@corp.test", "Nia New", also="NIA@corp.test")
    for _ in range(2):
        await link_or_admit_member(session, teams, now=NOW)
    assert await everybody(session) == [("Nia New", "nia@corp.test", True)]


async def test_the_second_address_is_nobodys_own(session: DatabaseSession) -> None:
    await named(session, Account("teams", "t1", "nia"), "nia@corp.test", "Nia New")
    moved = WorkspaceMember(Account("teams", "t1", "nia"), "nia.new@corp.test", "Nia New", also="nia@corp.test")
    await link_or_admit_member(session, moved, now=NOW)
    await session.flush()
    session.expunge_all()
    assert await everybody(session) == [("Nia New", "nia.new@corp.test", True)], "a new address is followed"
    other = WorkspaceMember(Account("teams", "t1", "max"), "max@corp.test", "Max", also="odd")
    await link_or_admit_member(session, other, now=NOW)
    assert [email for _, email, _ in await everybody(session)] == ["nia.new@corp.test", "max@corp.test"]


async def test_who_let_go_of_what_brought_them_and_left_the_rest(session: DatabaseSession) -> None:
    teams = Account("teams", "t1", "nia")
    nia = await link_or_admit_member(session, member(account=teams), now=NOW)
    assert nia is not None
    await named(session, NIA, "nia@corp.test", "Nia New")
    await gone(session, NIA)
    assert await everybody(session) == [("Nia New", "nia@corp.test", True)]
    await named(session, NIA, "nia@corp.test", "Nia New")
    nia = await session.get_one(Person, nia.id)
    await unlink_account(session, (await list_accounts(session, nia.id))[0].id, actor=nia, now=NOW)
    await gone(session, NIA)
    assert await everybody(session) == [("Nia New", "nia@corp.test", False)]
