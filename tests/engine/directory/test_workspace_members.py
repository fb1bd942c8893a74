"""Members of a workspace become people without any file: whom it brings, follows and lets go."""

from pathlib import Path

import pytest
from sqlalchemy import select

from engine.accounts import merging as accounts_merging
from engine.accounts import own_accounts
from engine.admin import first_admins as admin_first_admins
from engine.db.connection import Session
from engine.directory import importing, workspace_members
from engine.directory.workspace_members import Member
from engine.people.models import Account, Person
from tests import people
from tests.conftest import NOW

NIA = Account("slack", "T01CORP", "UNIA")


def member(email: str = "Nia@corp.test", name: str = "Nia New", account: Account = NIA) -> Member:
    return Member(account, email, name, locale="es-ES", timezone="Europe/Madrid")


async def everybody(session: Session) -> list[tuple[str, str | None, bool]]:
    rows = await session.execute(select(Person.display_name, Person.email, Person.active).order_by(Person.id))
    return [(name, email, active) for name, email, active in rows]


async def test_a_member_becomes_a_person(session: Session) -> None:
    nia = await workspace_members.meet(session, member(), now=NOW)
    assert nia is not None
    assert (nia.display_name, nia.email, nia.folded_name) == ("Nia New", "nia@corp.test", "nia new")
    assert (nia.locale, nia.timezone, nia.role) == ("es-ES", "Europe/Madrid", "member")
    again = await workspace_members.meet(session, member(), now=NOW)
    assert again is not None
    assert again.id == nia.id


async def test_who_is_wished_as_an_administrator_is_one(session: Session) -> None:
    await admin_first_admins.name(session, ["nia@corp.test"], NOW)
    nia = await workspace_members.meet(session, member(), now=NOW)
    assert nia is not None
    await session.refresh(nia)
    assert nia.role == "admin"


@pytest.mark.parametrize(("wanted", "admitted"), [("", False), ("directory", False), ("workspace", True)])
async def test_where_a_directory_was_imported(session: Session, wanted: workspace_members.Wish, admitted: bool) -> None:
    await people.add(session, "Ana López")
    await workspace_members.wish(session, wanted)
    assert (await workspace_members.meet(session, member(), now=NOW) is not None) is admitted


async def test_directory_admits_nobody_even_where_nobody_is_there(session: Session) -> None:
    await workspace_members.wish(session, "directory")
    assert await workspace_members.meet(session, member(), now=NOW) is None
    assert await everybody(session) == []


async def test_a_profile_that_changes_is_followed(session: Session) -> None:
    await workspace_members.meet(session, member(), now=NOW)
    await workspace_members.meet(session, member(name="Nia Newman"), now=NOW)
    assert await everybody(session) == [("Nia Newman", "nia@corp.test", True)]
    await workspace_members.meet(session, member("nia.newman@corp.test", "Nia Newman"), now=NOW)
    assert await everybody(session) == [("Nia Newman", "nia.newman@corp.test", True)]


async def test_an_address_that_somebody_else_has_is_not_taken(session: Session) -> None:
    await workspace_members.meet(session, member(), now=NOW)
    other = Account("slack", "T01CORP", "UMAX")
    await workspace_members.meet(session, member("max@corp.test", "Max", other), now=NOW)
    await workspace_members.meet(session, member("max@corp.test", "Nia New"), now=NOW)
    assert [email for _, email, _ in await everybody(session)] == ["nia@corp.test", "max@corp.test"]


async def test_who_leaves_is_inactive_and_comes_back(session: Session) -> None:
    nia = await workspace_members.meet(session, member(), now=NOW)
    await workspace_members.leave(session, NIA, now=NOW)
    assert await everybody(session) == [("Nia New", "nia@corp.test", False)]
    session.expunge_all()
    back = await workspace_members.meet(session, member(), now=NOW)
    assert back is not None
    assert nia is not None
    assert (back.id, back.active) == (nia.id, True)


async def test_who_was_imported_follows_the_file(session: Session, tmp_path: Path) -> None:
    await workspace_members.meet(session, member(), now=NOW)
    file = tmp_path / "people.csv"
    file.write_text("email,display_name\nnia@corp.test,Nia of the File\n")
    await importing.import_people(session, file, deactivate_missing=False, actor=None, origin="cli", now=NOW)
    session.expunge_all()
    assert not await workspace_members.is_open(session), "a directory was imported"
    await workspace_members.wish(session, "workspace")
    await workspace_members.meet(session, member(name="Another Name"), now=NOW)
    await workspace_members.leave(session, NIA, now=NOW)
    assert await everybody(session) == [("Nia of the File", "nia@corp.test", True)]


async def test_who_was_merged_does_not_come_back(session: Session) -> None:
    nia = await workspace_members.meet(session, member(), now=NOW)
    max_ = await workspace_members.meet(
        session, member("max@corp.test", "Max", Account("slack", "T01CORP", "UMAX")), now=NOW
    )
    eve = Person(
        email="eve@corp.test", display_name="Eve", role="admin", admitted_by="slack", created_at=NOW, updated_at=NOW
    )
    session.add(eve)
    await session.flush()
    assert nia is not None
    assert max_ is not None
    await accounts_merging.merge(session, nia, max_, actor=eve, origin="web", now=NOW)
    found = await workspace_members.meet(session, member(account=Account("slack", "T01CORP", "UNIA2")), now=NOW)
    assert found is not None
    assert found.id == max_.id
    assert ("Nia New", "nia@corp.test", False) in await everybody(session)


async def named(session: Session, account: Account, email: str, name: str) -> None:
    await workspace_members.meet(session, member(email, name, account), now=NOW)
    session.expunge_all()


async def gone(session: Session, account: Account) -> None:
    await workspace_members.leave(session, account, now=NOW)
    session.expunge_all()


async def test_who_leaves_one_of_two_workspaces_has_not_left(session: Session) -> None:
    other = Account("slack", "T02CORP", "UNIA2")
    for account in (NIA, other):
        await named(session, account, "nia@corp.test", "Nia New")
    await gone(session, NIA)
    assert await everybody(session) == [("Nia New", "nia@corp.test", True)]
    await gone(session, other)
    assert await everybody(session) == [("Nia New", "nia@corp.test", False)]


async def test_who_left_one_channel_belongs_to_the_other_one(session: Session) -> None:
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


async def test_who_let_their_account_go_is_let_go_too(session: Session) -> None:
    nia = await workspace_members.meet(session, member(), now=NOW)
    assert nia is not None
    (account,) = await own_accounts.of(session, nia.id)
    await own_accounts.unlink(session, account.id, actor=nia, now=NOW)
    await gone(session, NIA)
    assert await everybody(session) == [("Nia New", "nia@corp.test", False)]


async def test_one_account_says_what_somebody_is_called(session: Session) -> None:
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
async def test_what_is_no_address_brings_nobody(session: Session, email: str) -> None:
    assert await workspace_members.meet(session, member(email), now=NOW) is None
    assert await everybody(session) == []


async def test_a_name_of_a_profile_can_be_stored(session: Session) -> None:
    await workspace_members.meet(session, member(name=" N\0i\u200bа" + "n" * 400), now=NOW)
    [(name, _, _)] = await everybody(session)
    assert name == "Niа" + "n" * 252


async def test_two_addresses_of_one_member_bring_one_person(session: Session) -> None:
    """Slack knows them by what they sign in with, and Teams by where they get mail: one person, one ledger."""
    await named(session, NIA, "nia@corp.test", "Nia New")
    teams = Member(Account("teams", "t1", "nia"), "Nia.New@corp.test", "Nia New", also="NIA@corp.test")
    for _ in range(2):
        await workspace_members.meet(session, teams, now=NOW)
    assert await everybody(session) == [("Nia New", "nia@corp.test", True)]


async def test_the_second_address_is_nobodys_own(session: Session) -> None:
    await named(session, Account("teams", "t1", "nia"), "nia@corp.test", "Nia New")
    moved = Member(Account("teams", "t1", "nia"), "nia.new@corp.test", "Nia New", also="nia@corp.test")
    await workspace_members.meet(session, moved, now=NOW)
    await session.flush()
    session.expunge_all()
    assert await everybody(session) == [("Nia New", "nia.new@corp.test", True)], "a new address is followed"
    other = Member(Account("teams", "t1", "max"), "max@corp.test", "Max", also="odd")
    await workspace_members.meet(session, other, now=NOW)
    assert [email for _, email, _ in await everybody(session)] == ["nia.new@corp.test", "max@corp.test"]


async def test_who_let_go_of_what_brought_them_and_left_the_rest(session: Session) -> None:
    teams = Account("teams", "t1", "nia")
    nia = await workspace_members.meet(session, member(account=teams), now=NOW)
    assert nia is not None
    await named(session, NIA, "nia@corp.test", "Nia New")
    await gone(session, NIA)
    assert await everybody(session) == [("Nia New", "nia@corp.test", True)]
    await named(session, NIA, "nia@corp.test", "Nia New")
    nia = await session.get_one(Person, nia.id)
    await own_accounts.unlink(session, (await own_accounts.of(session, nia.id))[0].id, actor=nia, now=NOW)
    await gone(session, NIA)
    assert await everybody(session) == [("Nia New", "nia@corp.test", False)]
