"""Statements that are compiled once: the same rows, types, transaction and errors as through SQLAlchemy."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import event, func, insert, literal, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.db.compiled import CompiledStatement, match_any, spread_values
from engine.db.connection import DatabaseSession, SessionFactory
from engine.db.statements import get_table
from engine.people.models import Person
from tests import people
from tests.conftest import NOW

PEOPLE = get_table(Person)
EAST = timezone(timedelta(hours=9))
FIELDS = (
    "display_name", "folded_name", "first_name", "last_name", "groups", "programs", "attributes", "start_date",
    "birth_day", "kind", "active", "no_birthday_post", "no_public_kudos", "not_on_boards", "direct_news", "role",
    "created_at", "updated_at",
)  # fmt: skip
INSERT_PERSON = CompiledStatement(insert(PEOPLE).returning(*PEOPLE.c), FIELDS)
INSERT_EMAIL = CompiledStatement(insert(PEOPLE), (*FIELDS, "email"))
COUNT_PEOPLE = CompiledStatement(select(func.count(), literal("of all")).select_from(PEOPLE))


def row(name: str, **more: Any) -> dict[str, Any]:
    wishes = dict.fromkeys(("no_birthday_post", "no_public_kudos", "not_on_boards", "direct_news"), False)
    lists = {"groups": ["ñ", 'a"b'], "programs": [], "attributes": {"floor": 3, "gone": None}}
    stamps = {"created_at": datetime(2026, 3, 1, 8, 30, 1, 250, EAST), "updated_at": NOW}
    names = {"display_name": name, "folded_name": name, "first_name": "", "last_name": ""}
    kind = {"start_date": date(2020, 2, 29), "birth_day": None, "kind": "employee", "active": True, "role": "member"}
    return names | wishes | lists | stamps | kind | more


async def test_values_come_back_with_their_types(session: DatabaseSession) -> None:
    for name in ("first, through SQLAlchemy", "second, through the driver"):
        [stored] = await INSERT_PERSON.fetch(session, row(name))
        found = dict(zip(PEOPLE.c.keys(), stored, strict=True))
        assert {key: found[key] for key in FIELDS} == row(name)
        assert {type(found[key]) for key in ("active", "no_public_kudos")} == {bool}
        assert found["created_at"].utcoffset() == timedelta(0)
        person = (await session.scalars(select(Person).where(Person.id == found["id"]))).one()
        assert {key: getattr(person, key) for key in found} == found
    with pytest.raises(KeyError, match="role"):
        await INSERT_PERSON.fetch(session, {key: value for key, value in row("no role").items() if key != "role"})


async def test_it_runs_in_the_transaction_of_its_session(writing: SessionFactory, database: AsyncEngine) -> None:
    asked: list[str] = []
    event.listen(database.sync_engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    async with writing() as session:
        for _ in range(2):  # a session that goes on after its commit has another transaction, on any connection
            assert await COUNT_PEOPLE.fetch(session, {}) == [(0, "of all")]
            session.add(Person(display_name="Ana", created_at=NOW, updated_at=NOW))
            assert await COUNT_PEOPLE.fetch(session, {}) == [(1, "of all")]  # what was added is written first
            async with session.begin_nested() as savepoint:
                await INSERT_EMAIL.execute_many(session, [row(name, email=name) for name in "bcd"])
                assert await COUNT_PEOPLE.fetch(session, {}) == [(4, "of all")]
                await savepoint.rollback()
            assert await COUNT_PEOPLE.fetch(session, {}) == [(1, "of all")]
            await session.rollback()
        await INSERT_EMAIL.execute_many(session, [row(name, email=name) for name in "xyz"])
        await session.commit()
    async with writing() as other:
        assert await COUNT_PEOPLE.fetch(other, {}) == [(3, "of all")]
        await INSERT_EMAIL.execute_many(other, [])
    assert (
        len([sql for sql in asked if "INTO people" in sql]) == 8
    )  # one for many rows, but for the first of a transaction


async def test_an_error_is_sqlalchemys_and_names_no_values(writing: SessionFactory) -> None:
    async with writing.begin() as session:
        await people.add(session, "Ana")
        await INSERT_EMAIL.fetch(session, row("Ben", email="secret@corp.test"))
    for many in (False, True):
        async with writing() as session:
            await COUNT_PEOPLE.fetch(session, {})
            rows = [row(name, email="secret@corp.test") for name in ("Words1", "Words2")]
            with pytest.raises(DBAPIError) as caught:
                await (INSERT_EMAIL.execute_many(session, rows) if many else INSERT_EMAIL.fetch(session, rows[0]))
            shown = f"{caught.value!r} {caught.value} {caught.value.__cause__}"
            assert not [word for word in ("secret", "Words", "test") if word in shown], shown
            await session.rollback()
            assert await COUNT_PEOPLE.fetch(session, {}) == [(2, "of all")]


async def test_a_list_of_any_length_matches_its_members(session: DatabaseSession) -> None:
    ids = [(await people.add(session, f"Person{number}")).id for number in range(9)]
    sizes = set()
    for length in range(10):
        listed = spread_values("id", ids[:length])
        sizes.add(len(listed))
        among = CompiledStatement(select(PEOPLE.c.id).where(match_any(PEOPLE.c.id, "id", len(listed))))
        assert sorted(await among.fetch(session, listed)) == [(one,) for one in ids[:length]]
    assert sizes == {1, 2, 4, 8, 16}


@pytest.mark.parametrize("backend", ["postgres"])
async def test_a_connection_that_breaks_is_replaced(writing: SessionFactory) -> None:
    session = writing()
    await COUNT_PEOPLE.fetch(session, {})
    raw: Any = await (await session.connection()).get_raw_connection()
    await raw.driver_connection.close()
    with pytest.raises(DBAPIError):
        await COUNT_PEOPLE.fetch(session, {})
    with pytest.raises(DBAPIError):  # the driver says once more that it is closed
        await session.rollback()
    await session.close()
    async with writing.begin() as other:
        assert await COUNT_PEOPLE.fetch(other, {}) == [(0, "of all")]
