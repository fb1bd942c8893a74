"""Places that move and close, accounts with aliases, people who block us or were thanked lately."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.accounts.usernames import find_accounts_by_username, get_username, set_username
from engine.admin.settings import Settings
from engine.db.connection import DatabaseSession
from engine.delivery.blocked import reroute_blocked_account
from engine.kudos.giving import give_kudos
from engine.kudos.queries import list_recently_thanked
from engine.outbox.models import Delivery
from engine.outbox.places import Place, change_place_id, get_or_create_place, mark_place_closed
from engine.outbox.publishing import publish_announcement
from engine.people.account import Account
from engine.people.models import Identity
from tests import people
from tests.conftest import NOW

HERE = {"channel": "telegram", "tenant": "7000"}


def here(account: str) -> Account:
    return Account(**HERE, external_id=account)


async def known(session: DatabaseSession) -> dict[str, tuple[bool, bool]]:
    """Each place: whether it follows the celebrations, and whether it is closed."""
    await session.flush()
    session.expire_all()
    return {one.external_id: (one.announces, bool(one.closed_at)) for one in await session.scalars(select(Place))}


async def seen(session: DatabaseSession, external_id: str, **values: object) -> int:
    number = await get_or_create_place(session, external_id=external_id, name="us", now=NOW, **HERE)
    place = await session.get_one(Place, number)
    for name, value in values.items():
        setattr(place, name, value)
    await session.flush()
    return number


async def test_a_place_moves_once_and_keeps_what_it_is(session: DatabaseSession) -> None:
    number = await seen(session, "-1", announces=True)
    for _ in range(2):
        await change_place_id(session, old="-1", new="-2", now=NOW, **HERE)
        assert await known(session) == {"-2": (True, False)}
    assert (await session.get_one(Place, number)).external_id == "-2"
    await change_place_id(session, old="-7", new="-8", now=NOW, **HERE)
    assert set(await known(session)) == {"-2"}


async def test_a_place_that_was_seen_under_both_ids_becomes_the_new_one(session: DatabaseSession) -> None:
    await seen(session, "-1", announces=True)
    await seen(session, "-2")
    for _ in range(2):
        await change_place_id(session, old="-1", new="-2", now=NOW, **HERE)
        assert await known(session) == {"-1": (False, True), "-2": (True, False)}


async def test_another_bots_place_stays(session: DatabaseSession) -> None:
    await get_or_create_place(session, channel="telegram", tenant="8000", external_id="-1", name="us", now=NOW)
    await change_place_id(session, old="-1", new="-2", now=NOW, **HERE)
    await mark_place_closed(session, external_id="-1", now=NOW, **HERE)
    assert await known(session) == {"-1": (False, False)}


async def test_a_place_closes_at_the_first_word(session: DatabaseSession) -> None:
    number = await seen(session, "-1", announces=True)
    for later in (0, 5):
        await mark_place_closed(session, external_id="-1", now=NOW + timedelta(minutes=later), **HERE)
    session.expire_all()
    assert (await session.get_one(Place, number)).closed_at == NOW
    await mark_place_closed(session, external_id="-9", now=NOW, **HERE)
    assert set(await known(session)) == {"-1"}


async def enrol(session: DatabaseSession, name: str, account: str) -> int:
    person = await people.add(session, name)
    session.add(
        Identity(person_id=person.id, external_id=account, linked_at=NOW, seen_at=NOW.replace(year=2027), **HERE)
    )
    await session.flush()
    return person.id


async def test_an_alias_belongs_to_who_had_it_last(session: DatabaseSession) -> None:
    for name, account in (("Ana López", "1"), ("Bob Roe", "2")):
        await enrol(session, name, account)
    await set_username(session, here("1"), "@ana")
    assert await find_accounts_by_username(session, aliases=["@ana", "@bob"], **HERE) == {"@ana": "1"}
    await set_username(session, here("2"), "@ana")
    assert await find_accounts_by_username(session, aliases=["@ana"], **HERE) == {"@ana": "2"}
    assert await get_username(session, here("1")) is None
    await set_username(session, here("2"), None)
    await set_username(session, here("9"), "@zoe")
    assert await find_accounts_by_username(session, aliases=["@ana", "@zoe"], **HERE) == {}


async def test_what_waits_for_who_blocked_us_goes_to_their_next_account(session: DatabaseSession) -> None:
    ana, bob = await enrol(session, "Ana López", "1"), await enrol(session, "Bob Roe", "2")
    await publish_announcement(
        session, "notice", 1, NOW, place_id=None, everywhere=False, people=[ana, bob], details={}
    )
    await reroute_blocked_account(session, here("2"), now=NOW)
    session.expire_all()
    there = {one.destination: one.channel for one in await session.scalars(select(Delivery))}
    assert there[f"person:{ana}"] == HERE["channel"]
    assert there[f"person:{bob}"] != HERE["channel"]


@pytest.mark.parametrize("limit", [1, 5])
async def test_those_thanked_lately_come_first(session: DatabaseSession, limit: int) -> None:
    ids = [
        await enrol(session, name, str(n)) for n, name in enumerate(("Ana López", "Bob Roe", "Carla Díaz", "Eve Ng"), 1)
    ]
    ana, bob, carla, eve = [await session.get_one(people.Person, one) for one in ids]
    for minute, receiver in enumerate((bob, eve, carla, bob)):
        await give_kudos(
            session,
            giver=ana,
            receivers=[receiver],
            words="thanks",
            tags=(),
            public=False,
            settings=Settings(),
            now=NOW + timedelta(minutes=minute),
            place_id=None,
            origin=None,
        )
    eve.active = False
    await session.flush()
    found = await list_recently_thanked(session, here("1"), limit=limit)
    assert [one.display_name for one in found] == ["Bob Roe", "Carla Díaz"][:limit]
    assert await list_recently_thanked(session, here("99"), limit=limit) == ()
