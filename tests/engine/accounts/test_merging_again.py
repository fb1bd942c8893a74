"""What comes after a merge: another merge, an undo, a new account, a file of the directory, and the way back."""

from pathlib import Path

import pytest
from sqlalchemy import select

from engine.accounts.merging import merge_people, unmerge_people
from engine.accounts.own_accounts import list_accounts, set_preferred_channel
from engine.db.connection import DatabaseSession
from engine.directory.importing import import_people
from engine.errors import Refused
from engine.people.account import Account
from engine.people.email_linking import link_by_email
from engine.people.lookup import select_owner_of_email
from engine.people.models import Identity, Person
from engine.people.search import search_people
from engine.people_file.choices import Choices
from engine.points.ledger import get_balance
from tests import people as folk
from tests import rewards
from tests.conftest import NOW
from tests.office import Office, said


@pytest.fixture
async def office(session: DatabaseSession) -> Office:
    ana = await folk.add(session, "Ana López")
    bob = await folk.add(session, "Bob Roe")
    return Office(session, ana, bob, await folk.add(session, "Eve Adams", role="admin"))


@pytest.fixture
async def twin(office: Office) -> Person:
    """Bob, in the directory a second time."""
    return await folk.add(office.session, "Bobby Roe")


async def merge(office: Office, merged: Person, kept: Person) -> None:
    await merge_people(office.session, merged, kept, actor=office.eve, origin="web", now=NOW)


async def unmerge(office: Office, kept: Person) -> Person:
    return await unmerge_people(office.session, kept, actor=office.eve, origin="web", now=NOW)


async def balances(office: Office, *who: Person) -> list[int]:
    return [await get_balance(office.session, person.id) for person in who]


async def managers(office: Office) -> dict[str, int | None]:
    office.session.expunge_all()
    rows = await office.session.execute(select(Person.display_name, Person.manager_id))
    return {name: manager for name, manager in rows}


async def bring(office: Office, folder: Path, text: str, *, whole: bool = False) -> None:
    """Import a file."""
    file = folder / "people.csv"
    file.write_text(text)
    await import_people(
        office.session,
        file,
        choices=Choices(deactivate_missing=whole, confirmed=True),
        actor=None,
        origin="cli",
        now=NOW,
    )


async def tie(office: Office, account: str, email: str) -> int | None:
    """Somebody of that address is seen on Teams; whose account it is."""
    found = await link_by_email(office.session, Account("teams", "t", account), email=email, now=NOW)
    return found and found.id


async def test_an_address_leads_through_several_merges(office: Office, twin: Person) -> None:
    await merge(office, twin, office.bob)
    await merge(office, office.bob, office.ana)
    for email in ("bobby@corp.test", "bob@corp.test", "ana@corp.test"):
        assert await office.session.scalar(select_owner_of_email(email)) == office.ana.id, email
    assert await tie(office, "29:bobby", "bobby@corp.test") == office.ana.id


async def test_several_merges_are_taken_back_in_their_order(office: Office, twin: Person) -> None:
    reward = await rewards.add(office.session, "Team Player", multiple=True, points=10)
    everybody = (twin, office.bob, office.ana)
    for person in everybody:
        await office.give(office.eve, [person], reward)
    await merge(office, twin, office.bob)
    await merge(office, office.bob, office.ana)
    with pytest.raises(Refused) as no:
        await unmerge(office, office.bob)
    assert (no.value.reason, no.value.details) == ("merged_themselves", {"name": "Bob Roe", "other": "Ana López"})
    said(no.value)
    await unmerge(office, office.ana)
    assert await balances(office, *everybody) == [0, 20, 10]
    await unmerge(office, office.bob)
    assert await balances(office, *everybody) == [10, 10, 10]


async def test_points_that_were_taken_back_since_are_not_owed_by_who_was_kept(office: Office, twin: Person) -> None:
    reward = await rewards.add(office.session, "Team Player", points=10)
    (award,) = await office.give(office.ana, [twin], reward)
    await merge(office, twin, office.bob)
    await office.session.refresh(award)
    await office.undo(award, office.ana)
    await office.give(office.ana, [office.bob], reward)
    await unmerge(office, office.bob)
    assert await balances(office, office.bob, twin) == [10, 0]


async def test_an_account_met_since_goes_back_with_whose_address_it_has(office: Office, twin: Person) -> None:
    """Otherwise one of two people who were never one would act as the other."""
    await merge(office, twin, office.bob)
    await merge(office, office.bob, office.ana)
    assert await tie(office, "29:bobby", "bobby@corp.test") == office.ana.id
    assert await tie(office, "29:ana", "ana@corp.test") == office.ana.id
    await unmerge(office, office.ana)
    await unmerge(office, office.bob)
    theirs = [[one.external_id for one in await list_accounts(office.session, p.id)] for p in (twin, office.bob)]
    assert theirs == [["bobby", "UBOBBY", "29:bobby"], ["bob", "UBOB"]]
    assert "29:ana" in [one.external_id for one in await list_accounts(office.session, office.ana.id)]


async def test_who_was_merged_is_found_by_their_address(office: Office, twin: Person) -> None:
    await merge(office, twin, office.bob)
    found = await search_people(office.session, ["bobby@corp.test", "ana@corp.test", "Eve"])
    assert [one.only and one.only.id for one in found.values()] == [office.bob.id, office.ana.id, office.eve.id]


async def test_a_wish_to_be_spared_is_that_of_both(office: Office, twin: Person) -> None:
    twin.no_public_kudos = twin.not_on_boards = office.bob.not_on_boards = True
    await merge(office, twin, office.bob)
    bob = await office.session.get_one(Person, office.bob.id)
    assert (bob.no_public_kudos, bob.not_on_boards, bob.no_birthday_post) == (True, True, False)
    await unmerge(office, office.bob)
    assert (bob.no_public_kudos, bob.not_on_boards) == (False, True)


async def preferred(office: Office, person: Person) -> list[str]:
    mine = await office.session.scalars(
        select(Identity.external_id)
        .where(Identity.person_id == person.id, Identity.preferred_at.is_not(None))
        .order_by(Identity.id)
    )
    return list(mine)


async def test_news_go_where_the_one_who_was_kept_wants_them(office: Office, twin: Person) -> None:
    await set_preferred_channel(office.session, "slack", actor=twin, now=NOW)
    await merge(office, twin, office.bob)
    assert await preferred(office, office.bob) == ["UBOBBY"]
    await unmerge(office, office.bob)
    await set_preferred_channel(office.session, "web", actor=office.bob, now=NOW)
    await merge(office, twin, office.bob)
    assert await preferred(office, office.bob) == ["bob"]
    await unmerge(office, office.bob)
    assert (await preferred(office, office.bob), await preferred(office, twin)) == (["bob"], ["UBOBBY"])


async def test_nobody_reports_to_themselves_by_a_merge(office: Office, twin: Person) -> None:
    """Bob reports to Ana, and Ana to Bobby; Eve reports to Bobby too."""
    office.bob.manager_id, office.ana.manager_id, office.eve.manager_id = office.ana.id, twin.id, twin.id
    await merge(office, twin, office.bob)
    before = {"Bob Roe": office.ana.id, "Ana López": twin.id, "Eve Adams": twin.id, "Bobby Roe": None}
    assert await managers(office) == before | {"Eve Adams": office.bob.id}
    await unmerge(office, office.bob)
    assert await managers(office) == before


async def test_a_manager_of_a_file_is_who_they_are_now(office: Office, twin: Person, tmp_path: Path) -> None:
    await merge(office, twin, office.bob)
    await merge(office, office.bob, office.eve)
    await bring(office, tmp_path, "email,manager\nana@corp.test,bobby@corp.test\n")
    assert (await managers(office))["Ana López"] == office.eve.id


async def test_a_file_that_names_who_was_merged_retires_nobody(office: Office, twin: Person, tmp_path: Path) -> None:
    await merge(office, twin, office.bob)
    await bring(office, tmp_path, "email\nbobby@corp.test\nana@corp.test\n", whole=True)
    active = select(Person.display_name).where(Person.active).order_by(Person.id)
    assert list(await office.session.scalars(active)) == ["Ana López", "Bob Roe"]


@pytest.mark.parametrize(("twins", "theirs", "active"), [("yes", "no", True), ("no", "yes", True), ("no", "no", False)])
async def test_who_is_active_in_one_of_two_rows_is_active(
    office: Office, twin: Person, tmp_path: Path, twins: str, theirs: str, active: bool
) -> None:
    await merge(office, twin, office.bob)
    await merge(office, office.bob, office.ana)
    file = f"email,active\nbobby@corp.test,{twins}\nbob@corp.test,no\nana@corp.test,{theirs}\n"
    await bring(office, tmp_path, file)
    office.session.expunge_all()
    names = await office.session.scalars(select(Person.display_name).where(Person.active).order_by(Person.id))
    assert list(names) == ["Ana López", "Eve Adams"][not active :]
