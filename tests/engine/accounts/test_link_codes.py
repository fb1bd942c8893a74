"""One-time codes that tie an account to a person: who gets one, what it is good for, and what a guesser learns."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.accounts import link_codes
from engine.accounts.link_codes import (
    LinkCode,
    NoCode,
    WrongCode,
    format_link_code,
    redeem_link_code,
    request_link_code,
)
from engine.accounts.merging import merge_people
from engine.accounts.own_accounts import list_accounts, unlink_account
from engine.db.connection import DatabaseSession, SessionFactory
from engine.outbox.models import Announcement, Delivery
from engine.people.account import Account
from engine.people.email_linking import link_by_email
from engine.people.models import EMAIL_CHANNEL, Identity, Person
from tests import people as folk
from tests.conftest import Clock

KEY = b"a key for the tests"
ASKER = Account("telegram", "", "4711")
SOMEBODY = Account("telegram", "", "4712")


async def ask(session: DatabaseSession, clock: Clock, email: str = "ana@corp.test", **given: Any) -> bool:
    usual: dict[str, Any] = {"account": ASKER, "key": KEY, "salt": "s", "by_mail": False}
    return await request_link_code(session, email=email, now=clock(), **(usual | given))


async def bring(
    session: DatabaseSession, clock: Clock, typed: str, account: Account = ASKER
) -> Person | WrongCode | NoCode:
    return await redeem_link_code(session, account=account, typed=typed, key=KEY, now=clock())


async def newest(session: DatabaseSession) -> str:
    """What was sent last."""
    code = (await session.scalars(select(LinkCode).order_by(LinkCode.id.desc()).limit(1))).one()
    return format_link_code(code, KEY)


async def told(session: DatabaseSession) -> list[tuple[str, str]]:
    """(channel, destination) of every code that is on its way."""
    rows = (
        select(Delivery.channel, Delivery.destination)
        .join(Announcement)
        .where(Announcement.kind == link_codes.LINK_CODE_KIND)
    )
    return [(channel, where) for channel, where in await session.execute(rows.order_by(Delivery.id))]


async def accounts(session: DatabaseSession, person: Person) -> set[str]:
    return set(await session.scalars(select(Identity.channel).where(Identity.person_id == person.id)))


async def test_a_code_goes_where_the_person_is_known_and_ties_the_account(
    session: DatabaseSession, clock: Clock
) -> None:
    ana = await folk.add(session, "Ana López")
    assert await ask(session, clock, " ANA@corp.test ")
    assert await told(session) == [("slack", f"person:{ana.id}")]
    spelled = await newest(session)
    assert len(spelled) == link_codes.CODE_LENGTH
    found = await bring(session, clock, f" {spelled[:4].lower()}-{spelled[4:]} ")
    assert isinstance(found, Person)
    assert found.id == ana.id
    assert "telegram" in await accounts(session, ana)


async def test_the_table_does_not_hold_the_code(session: DatabaseSession, clock: Clock) -> None:
    await folk.add(session, "Ana López")
    await ask(session, clock)
    spelled, row = await newest(session), (await session.scalars(select(LinkCode))).one()
    assert spelled not in str({column.name: getattr(row, column.key) for column in LinkCode.__table__.columns})
    assert "ana@corp.test" not in row.address
    assert format_link_code(row, b"another key") != spelled


async def test_a_code_works_once(session: DatabaseSession, clock: Clock) -> None:
    await folk.add(session, "Ana López")
    await ask(session, clock)
    spelled = await newest(session)
    assert isinstance(await bring(session, clock, spelled), Person)
    assert await bring(session, clock, spelled) == NoCode()


async def test_a_code_is_for_the_account_that_asked(session: DatabaseSession, clock: Clock) -> None:
    ana = await folk.add(session, "Ana López")
    await ask(session, clock)
    assert await bring(session, clock, await newest(session), SOMEBODY) == NoCode()
    await ask(session, clock, "nobody@corp.test", account=SOMEBODY)
    ours = (await session.scalars(select(LinkCode).where(LinkCode.account == ASKER.external_id))).one()
    assert await bring(session, clock, format_link_code(ours, KEY), SOMEBODY) == WrongCode(4)
    assert "telegram" not in await accounts(session, ana)


async def test_a_code_is_good_for_a_quarter_of_an_hour(session: DatabaseSession, clock: Clock) -> None:
    await folk.add(session, "Ana López")
    await ask(session, clock)
    spelled = await newest(session)
    clock.advance(minutes=15)
    assert await bring(session, clock, spelled) == NoCode()


async def test_five_tries_and_no_more(session: DatabaseSession, clock: Clock) -> None:
    await folk.add(session, "Ana López")
    await ask(session, clock)
    spelled = await newest(session)
    wrong = "22222222" if spelled != "22222222" else "33333333"
    assert [await bring(session, clock, wrong) for _ in range(6)] == [
        *(WrongCode(n) for n in (4, 3, 2, 1, 0)),
        NoCode(),
    ]
    assert await bring(session, clock, spelled) == NoCode()


async def test_the_fifth_try_may_be_the_right_one(session: DatabaseSession, clock: Clock) -> None:
    await folk.add(session, "Ana López")
    await ask(session, clock)
    for _ in range(4):
        await bring(session, clock, "nonsense ✨")
    assert isinstance(await bring(session, clock, await newest(session)), Person)


async def test_only_the_newest_code_counts(session: DatabaseSession, clock: Clock) -> None:
    await folk.add(session, "Ana López")
    await ask(session, clock)
    first = await newest(session)
    await ask(session, clock, salt="t")
    assert isinstance(await bring(session, clock, first), WrongCode)
    assert isinstance(await bring(session, clock, await newest(session)), Person)


@pytest.mark.parametrize("email", ["ana@corp.test", "nobody@corp.test"])
async def test_five_codes_an_hour_for_an_account(session: DatabaseSession, clock: Clock, email: str) -> None:
    await folk.add(session, "Ana López")
    assert [await ask(session, clock, email) for _ in range(6)] == [True] * 5 + [False]
    assert not await ask(session, clock, "somebody.else@corp.test")
    clock.advance(hours=1)
    assert await ask(session, clock, email)


@pytest.mark.parametrize("email", ["ana@corp.test", "nobody@corp.test"])
async def test_five_codes_an_hour_for_an_address(session: DatabaseSession, clock: Clock, email: str) -> None:
    """Many accounts are cheap on some channels: what one may guess at, all of them together may."""
    await folk.add(session, "Ana López")
    asked = [await ask(session, clock, email, account=Account("telegram", "", str(n))) for n in range(6)]
    assert asked == [True] * 5 + [False]


@contextmanager
def counted(database: AsyncEngine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(database.sync_engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.sync_engine, "before_cursor_execute", note)


@pytest.mark.parametrize("by_mail", [True, False])
async def test_a_known_address_takes_the_same_statements_as_an_unknown_one(
    session: DatabaseSession, clock: Clock, database: AsyncEngine, by_mail: bool
) -> None:
    await folk.add(session, "Ana López")
    seen = []
    for email in ("ana@corp.test", "nobody@corp.test"):
        with counted(database) as statements:
            assert await ask(session, clock, email, by_mail=by_mail)
        seen.append(statements)
    assert seen[0] == seen[1]
    assert len(await told(session)) == 1


async def test_the_code_of_somebody_who_was_merged_since(session: DatabaseSession, clock: Clock) -> None:
    ana, twin = await folk.add(session, "Ana López"), await folk.add(session, "Anna López", email="anna@corp.test")
    eve = await folk.add(session, "Eve Adams", role="admin")
    await ask(session, clock, "anna@corp.test")
    await merge_people(session, twin, ana, actor=eve, origin="web", now=clock())
    found = await bring(session, clock, await newest(session))
    assert isinstance(found, Person)
    assert found.id == ana.id


async def test_nobodys_code_ties_nobody(session: DatabaseSession, clock: Clock) -> None:
    await ask(session, clock, "nobody@corp.test")
    assert await bring(session, clock, await newest(session)) == WrongCode(4)


@pytest.mark.parametrize("change", [{"active": False}, {"kind": "guest"}, {"kind": "bot"}])
async def test_who_is_no_colleague_gets_no_code(session: DatabaseSession, clock: Clock, change: dict[str, Any]) -> None:
    await folk.add(session, "Ana López", **change)
    assert await ask(session, clock)
    assert await told(session) == []
    assert isinstance(await bring(session, clock, await newest(session)), WrongCode)


async def test_who_leaves_meanwhile_is_tied_to_nothing(session: DatabaseSession, clock: Clock) -> None:
    ana = await folk.add(session, "Ana López")
    await ask(session, clock)
    ana.active = False
    await session.flush()
    assert isinstance(await bring(session, clock, await newest(session)), WrongCode)


async def test_by_mail_only_where_nothing_else_is_there(session: DatabaseSession, clock: Clock) -> None:
    ana = await folk.add(session, "Ana López")
    session.add(Person(email="new@corp.test", display_name="New", created_at=clock(), updated_at=clock()))
    await session.flush()
    await ask(session, clock, by_mail=True)
    assert [channel for channel, _ in await told(session)] == ["slack"]
    await ask(session, clock, "New@corp.test", account=SOMEBODY)
    assert len(await told(session)) == 1, "without mail nothing leaves"
    await ask(session, clock, "New@corp.test", account=SOMEBODY, by_mail=True)
    assert [channel for channel, _ in await told(session)] == ["slack", EMAIL_CHANNEL]
    address = (
        await session.scalars(select(Identity).where(Identity.channel == EMAIL_CHANNEL).order_by(Identity.id.desc()))
    ).first()
    assert address is not None
    assert address.external_id == "new@corp.test"
    assert EMAIL_CHANNEL in await accounts(session, ana), "the address is kept, and takes no news"


async def test_the_code_goes_to_the_address_that_is_the_persons_now(session: DatabaseSession, clock: Clock) -> None:
    nia = Person(email="a@corp.test", display_name="Nia", created_at=clock(), updated_at=clock())
    session.add(nia)
    await session.flush()
    for number, email in enumerate(("a@corp.test", "b@corp.test", "a@corp.test")):
        nia.email = email
        await session.flush()
        clock.advance(minutes=1)
        await ask(session, clock, email, account=Account("telegram", "", str(number)), by_mail=True)
    rows = select(Identity.external_id).join(Delivery, Delivery.identity_id == Identity.id).order_by(Delivery.id)
    assert list(await session.scalars(rows)) == ["a@corp.test", "b@corp.test", "a@corp.test"]


async def test_an_account_of_somebody_is_not_taken_from_them(session: DatabaseSession, clock: Clock) -> None:
    await folk.add(session, "Ana López")
    bob = await folk.add(session, "Bob Roe")
    await ask(session, clock)
    where = {"channel": ASKER.channel, "tenant": ASKER.tenant, "external_id": ASKER.external_id}
    session.add(Identity(person_id=bob.id, linked_at=clock(), seen_at=clock(), **where))
    await session.flush()
    assert await bring(session, clock, await newest(session)) == NoCode()
    assert "telegram" in await accounts(session, bob)


@pytest.mark.parametrize("backend", ["postgres"])
async def test_one_code_redeemed_twenty_times_at_once(writing: SessionFactory, clock: Clock) -> None:
    async with writing.begin() as session:
        ana = await folk.add(session, "Ana López")
        await ask(session, clock)
        spelled = await newest(session)

    async def redeem() -> Person | WrongCode | NoCode:
        async with writing.begin() as session:
            return await bring(session, clock, spelled)

    found = await asyncio.gather(*(redeem() for _ in range(20)))
    assert [one.id for one in found if isinstance(one, Person)] == [ana.id]
    assert found.count(NoCode()) == 19


@pytest.mark.parametrize("backend", ["postgres"])
async def test_wrong_codes_at_once_are_all_counted(writing: SessionFactory, clock: Clock) -> None:
    async with writing.begin() as session:
        await folk.add(session, "Ana López")
        await ask(session, clock)

    async def guess() -> Person | WrongCode | NoCode:
        async with writing.begin() as session:
            return await bring(session, clock, "wrong")

    found = await asyncio.gather(*(guess() for _ in range(20)))
    assert sorted(one.left for one in found if isinstance(one, WrongCode)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("backend", ["postgres"])
async def test_codes_asked_for_at_once_are_all_counted(writing: SessionFactory, clock: Clock) -> None:
    async def one() -> bool:
        async with writing.begin() as session:
            return await ask(session, clock)

    assert sum(await asyncio.gather(*(one() for _ in range(12)))) == link_codes.MAX_CODES_PER_HOUR


async def test_an_account_that_was_let_go_is_tied_by_a_code_only(session: DatabaseSession, clock: Clock) -> None:
    ana = await folk.add(session, "Ana López")
    slack = next(one for one in await list_accounts(session, ana.id) if one.channel == "slack")
    account = Account("slack", slack.tenant, slack.external_id)
    await unlink_account(session, slack.id, actor=ana, now=clock())
    assert await link_by_email(session, account, email="ana@corp.test", now=clock()) is None
    await ask(session, clock, account=account)
    assert isinstance(await bring(session, clock, await newest(session), account), Person)
    again = await link_by_email(session, account, email="ana@corp.test", now=clock())
    assert again is not None
    assert again.id == ana.id
