"""Two people who are one: one balance, one history, one answer to "may I", and the way back."""

import pytest
from sqlalchemy import select

from engine.accounts.merged_rows import MERGED_COLUMNS
from engine.accounts.merging import merge_people, reapply_merges, unmerge_people
from engine.admin.audit import AuditRow
from engine.awards.queries import list_awards_of_person
from engine.db.connection import DatabaseSession
from engine.errors import NotAllowed, Refused
from engine.kudos.queries import get_kudos, get_last_given_kudos
from engine.migrations import tables as migrations_tables
from engine.people.account import Account
from engine.people.email_linking import link_by_email
from engine.people.models import Identity, Person
from engine.points.ledger import get_balance
from tests import people as folk
from tests import rewards
from tests.conftest import NOW
from tests.office import Office, said
from tests.thanking import give

STAYS = {  # columns that name a person and keep doing so: what happened then, or who acted then
    "audit.actor_id",
    "award_gates.receiver_id",
    "awards.revoked_by",
    "inbox.person_id",
    "link_codes.person_id",
    "merges.kept_id",
    "merges.merged_id",
    "runs.ordered_by",
    "unlinked_accounts.person_id",
}


@pytest.fixture
async def office(session: DatabaseSession) -> Office:
    """Eve administers; Bob is in the directory a second time, as Eve's colleague "Bobby"."""
    ana = await folk.add(session, "Ana López")
    bob = await folk.add(session, "Bob Roe")
    return Office(session, ana, bob, await folk.add(session, "Eve Adams", role="admin"))


async def bobby(office: Office) -> Person:
    return await folk.add(office.session, "Bobby Roe")


async def merge(office: Office, merged: Person, kept: Person, actor: Person | None = None) -> None:
    await merge_people(office.session, merged, kept, actor=actor or office.eve, origin="web", now=NOW)


async def unmerge(office: Office, kept: Person) -> Person:
    return await unmerge_people(office.session, kept, actor=office.eve, origin="web", now=NOW)


async def balances(office: Office, *who: Person) -> list[int]:
    return [await get_balance(office.session, person.id) for person in who]


async def test_one_balance_and_one_history_and_the_way_back(office: Office) -> None:
    twin, reward = await bobby(office), await rewards.add(office.session, "Team Player", multiple=True, points=10)
    await office.give(office.ana, [office.bob], reward)
    await office.give(office.ana, [twin], reward)
    await office.give(twin, [office.ana], reward)
    await give(office.session, twin, [office.ana])
    before = await balances(office, office.bob, twin, office.ana)
    await merge(office, twin, office.bob)
    assert await balances(office, office.bob, twin, office.ana) == [before[0] + before[1], 0, before[2]]
    assert len(await list_awards_of_person(office.session, office.bob.id)) == 2
    assert (await get_last_given_kudos(office.session, office.bob.id)) is not None
    assert not twin.active
    accounts = await office.session.scalars(select(Identity.person_id).where(Identity.external_id == "bobby"))
    assert list(accounts) == [office.bob.id]
    assert (await unmerge(office, office.bob)).id == twin.id
    assert await balances(office, office.bob, twin, office.ana) == before
    assert twin.active
    assert len(await list_awards_of_person(office.session, twin.id)) == 1
    actions = await office.session.scalars(select(AuditRow.action).order_by(AuditRow.id))
    assert list(actions) == ["people.merge", "people.unmerge"]


async def test_a_gift_can_be_taken_back_by_who_they_are_now(office: Office) -> None:
    twin, reward = await bobby(office), await rewards.add(office.session, "Team Player")
    (award,) = await office.give(twin, [office.ana], reward)
    await merge(office, twin, office.bob)
    await office.session.refresh(award)
    await office.undo(award, office.bob)
    assert await balances(office, office.ana, office.bob, twin) == [0, 0, 0]


async def test_what_both_had_counts_once(office: Office) -> None:
    twin, once = await bobby(office), await rewards.add(office.session, "Team Player", points=10)
    both = (await office.give(office.ana, [office.bob], once), await office.give(office.ana, [twin], once))
    assert all(both)
    await give(office.session, office.ana, [office.bob, twin])
    await merge(office, twin, office.bob)
    assert len(await list_awards_of_person(office.session, office.bob.id)) == 1
    assert await balances(office, office.bob, twin) == [10, 10]
    with pytest.raises(Refused) as no:
        await office.give(office.ana, [office.bob], once)
    assert no.value.reason == "awarded_once"


async def test_gifts_between_the_two_stay_as_they_were(office: Office) -> None:
    twin, reward = await bobby(office), await rewards.add(office.session, "Team Player", points=10)
    await office.give(office.bob, [twin], reward)
    gift = await give(office.session, twin, [office.bob])
    before = await balances(office, office.bob, twin)
    await merge(office, twin, office.bob)
    assert await balances(office, office.bob, twin) == before
    facts = await get_kudos(office.session, gift.id)
    assert facts is not None
    assert facts.giver_id == twin.id
    assert await list_awards_of_person(office.session, office.bob.id) == []


async def test_what_came_after_the_merge_stays_with_who_was_kept(office: Office) -> None:
    twin, reward = await bobby(office), await rewards.add(office.session, "Team Player", multiple=True, points=10)
    await merge(office, twin, office.bob)
    await office.give(office.ana, [office.bob], reward)
    await unmerge(office, office.bob)
    assert await balances(office, office.bob, twin) == [10, 0]


async def test_the_address_of_who_was_merged_is_that_of_who_was_kept(office: Office) -> None:
    twin = await bobby(office)
    await merge(office, twin, office.bob)
    found = await link_by_email(office.session, Account("teams", "t", "29:b"), email="bobby@corp.test", now=NOW)
    assert found is not None
    assert found.id == office.bob.id


async def test_a_file_does_not_bring_them_back(office: Office) -> None:
    twin = await bobby(office)
    await merge(office, twin, office.bob)
    twin.active = True
    await office.session.flush()
    await reapply_merges(office.session)
    await office.session.refresh(twin)
    assert not twin.active


async def test_who_may_not_be_merged(office: Office) -> None:
    twin = await bobby(office)
    with pytest.raises(NotAllowed):
        await merge(office, twin, office.bob, actor=office.ana)
    for merged, kept, reason in (
        (office.bob, office.bob, "merge_same_person"),
        (office.eve, office.bob, "merge_yourself"),
    ):
        with pytest.raises(Refused) as no:
            await merge(office, merged, kept)
        assert no.value.reason == reason
        said(no.value)
    await merge(office, twin, office.bob)
    with pytest.raises(Refused) as no:
        await merge(office, twin, office.ana)
    assert no.value.reason == "merge_not_active"
    await unmerge(office, office.bob)
    with pytest.raises(Refused) as no:
        await unmerge(office, office.bob)
    assert no.value.reason == "nothing_to_unmerge"


def test_every_column_that_names_a_person_changes_hands_or_says_why_not() -> None:
    """Who adds a table decides it here: what belongs to a person goes with them."""
    naming = {
        f"{table.name}.{column.name}"
        for table in migrations_tables.METADATA.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.target_fullname == "people.id" and not table.name.startswith("web_")
    }
    moving = {f"{table.name}.{name}" for table, name, _ in MERGED_COLUMNS}
    assert naming - moving == STAYS
    assert moving - naming == {"awards.giver_key"}
