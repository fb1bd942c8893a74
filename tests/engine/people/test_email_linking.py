"""Linking accounts to people."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine.db.connection import DatabaseSession, SessionFactory
from engine.people.account import Account
from engine.people.email_linking import link_by_email
from engine.people.lookup import find_linked_accounts, get_person
from engine.people.models import Identity, Person
from tests.conftest import NOW

SLACK = {"channel": "slack", "tenant": "T01CORP"}
U1 = Account("slack", "T01CORP", "U1")


async def add(session: DatabaseSession, email: str | None, **values: object) -> Person:
    person = Person(email=email, display_name=email or "Nobody", created_at=NOW, updated_at=NOW, **values)
    session.add(person)
    await session.flush()
    return person


async def test_an_account_is_linked_to_the_person_of_its_email(session: DatabaseSession) -> None:
    ana = await add(session, "ana@corp.test")
    linked = await link_by_email(session, U1, email=" ANA@Corp.test", now=NOW)
    assert linked is ana
    assert await find_linked_accounts(session, **SLACK, accounts=["U1", "U2"]) == {"U1"}
    assert await find_linked_accounts(session, channel="slack", tenant="T02", accounts=["U1"]) == set()
    identity = (await session.scalars(select(Identity))).one()
    assert (identity.person_id, identity.linked_at, identity.seen_at) == (ana.id, NOW, NOW)


async def test_linking_twice_is_linking_once(session: DatabaseSession) -> None:
    ana = await add(session, "ana@corp.test")
    for day in range(2):
        now = NOW + timedelta(days=day)
        assert await link_by_email(session, U1, email="ana@corp.test", now=now) is ana
    assert (await session.scalars(select(Identity))).one().linked_at == NOW


async def test_an_account_stays_with_its_person_whatever_the_email_says_later(session: DatabaseSession) -> None:
    ana = await add(session, "ana@corp.test")
    await add(session, "bob@corp.test")
    await link_by_email(session, U1, email="ana@corp.test", now=NOW)
    for email in ("bob@corp.test", "nobody@corp.test"):
        assert await link_by_email(session, U1, email=email, now=NOW) is ana


@pytest.mark.parametrize("values", [{"kind": "guest"}, {"kind": "bot"}, {"active": False}])
async def test_guests_bots_and_leavers_are_not_linked(session: DatabaseSession, values: dict[str, object]) -> None:
    await add(session, "x@corp.test", **values)
    assert await link_by_email(session, U1, email="x@corp.test", now=NOW) is None
    assert await session.scalar(select(func.count()).select_from(Identity)) == 0


@pytest.mark.parametrize("email", ["nobody@corp.test", "", "%", "ana"])
async def test_an_unknown_email_links_nobody(session: DatabaseSession, email: str) -> None:
    await add(session, "ana@corp.test")
    await add(session, None)
    assert await link_by_email(session, U1, email=email, now=NOW) is None
    assert await find_linked_accounts(session, **SLACK, accounts=["U1"]) == set()


async def test_twenty_turns_at_once_link_an_account_once(writing: SessionFactory) -> None:
    async with writing.begin() as session:
        ana = await add(session, "ana@corp.test")

    async def link() -> int | None:
        async with writing.begin() as session:
            person = await link_by_email(session, U1, email="ana@corp.test", now=NOW)
            return person and person.id

    assert await asyncio.gather(*(link() for _ in range(20))) == [ana.id] * 20
    async with writing() as session:
        assert await session.scalar(select(func.count()).select_from(Identity)) == 1


async def test_an_account_that_two_emails_claim_at_once_has_one_person(writing: SessionFactory) -> None:
    async with writing.begin() as session:
        await add(session, "ana@corp.test")
        await add(session, "bob@corp.test")

    async def link(email: str) -> int | None:
        async with writing.begin() as session:
            person = await link_by_email(session, U1, email=email, now=NOW)
            return person and person.id

    owners = await asyncio.gather(*(link(f"{name}@corp.test") for name in ("ana", "bob") * 10))
    assert len(set(owners)) == 1
    assert None not in owners


async def test_a_person_by_id(session: DatabaseSession) -> None:
    ana = await add(session, "ana@corp.test")
    assert await get_person(session, ana.id) is ana
    assert await get_person(session, 999) is None


async def test_the_channels_language_and_zone_are_kept_and_renewed(session: DatabaseSession) -> None:
    """The import's stand only where the channel gives none."""
    await add(session, "ana@corp.test", locale="en", timezone="Europe/Madrid")
    told = (None, None), ("es-MX", "America/Mexico_City"), (None, None), ("pt-BR", None)
    kept = []
    for locale, zone in told:
        ana = await link_by_email(session, U1, email="ana@corp.test", now=NOW, locale=locale, timezone=zone)
        await session.flush()
        session.expire_all()
        assert ana
        await session.refresh(ana)
        kept.append((ana.locale, ana.timezone))
    mexico = "America/Mexico_City"
    assert kept == [("en", "Europe/Madrid"), ("es-MX", mexico), ("es-MX", mexico), ("pt-BR", mexico)]
