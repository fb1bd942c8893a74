"""Connections: one that the server has closed is replaced, and writers on SQLite wait for their turn."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.db import connection as db_connection
from engine.db.connection import build_engine
from engine.people.models import Person
from tests import people
from tests.waiting import PATIENCE, until


@pytest.mark.parametrize("backend", ["postgres"])
async def test_a_connection_that_the_server_has_closed_is_replaced(database: AsyncEngine) -> None:
    own = build_engine(database.url.render_as_string(hide_password=False))
    async with own.connect() as connection:
        backend_id = await connection.scalar(text("SELECT pg_backend_pid()"))
        driver: Any = (await connection.get_raw_connection()).driver_connection
    async with database.connect() as other:
        await other.execute(text("SELECT pg_terminate_backend(:id)"), {"id": backend_id})
    await until(driver.is_closed)
    async with own.connect() as connection:
        assert await connection.scalar(text("SELECT pg_backend_pid()")) != backend_id
    await own.dispose()


async def test_many_writers_at_once_all_get_their_turn(writing: db_connection.SessionFactory) -> None:
    async def write(number: int) -> None:
        async with writing.begin() as session:
            await people.add(session, f"Person{number}")
            await asyncio.sleep(0.01)

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(write(number) for number in range(40)))
    async with writing() as session:
        assert await session.scalar(select(func.count()).select_from(Person)) == 40


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_writers_go_in_the_order_in_which_they_came(writing: db_connection.SessionFactory) -> None:
    done: list[int] = []

    async def write(number: int) -> None:
        async with writing.begin() as session:
            await people.add(session, f"Person{number}")
        done.append(number)

    await asyncio.gather(*(write(number) for number in range(20)))
    assert done == sorted(done)


async def test_a_writer_that_fails_lets_the_next_one_in(writing: db_connection.SessionFactory) -> None:
    with pytest.raises(ZeroDivisionError):
        async with writing.begin():
            raise ZeroDivisionError
    async with asyncio.timeout(PATIENCE), writing.begin() as session:
        await people.add(session, "Ana")
