"""One visit to the connection's thread for each statement, and the rows all the same."""

import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from engine.db.connection import build_engine
from engine.db.sqlite_driver import FETCH_BATCH_SIZE, Connection

MANY = 3 * FETCH_BATCH_SIZE + 7


class Counting(Connection):
    """A connection that counts how often its thread is asked."""

    visits = 0

    async def _execute(self, fn: Any, *args: Any, **more: Any) -> Any:
        self.visits += 1
        return await super()._execute(fn, *args, **more)


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[Counting]:
    opened = Counting(partial(sqlite3.connect, tmp_path / "visits.db", isolation_level=None), iter_chunk_size=64)
    await opened
    await opened.cursor().execute("PRAGMA synchronous=OFF")  # each row is a transaction, and waits for no disk
    await opened.cursor().execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
    await opened.cursor().executemany("INSERT INTO numbers VALUES (?)", ((n,) for n in range(MANY)))
    opened.visits = 0
    yield opened
    await opened.close()


@pytest.mark.parametrize("statement", ["SELECT 1", "INSERT INTO numbers VALUES (-1)", "DELETE FROM numbers"])
async def test_a_statement_is_one_visit(connection: Counting, statement: str) -> None:
    cursor = await connection.cursor().execute(statement)
    await cursor.fetchall()
    await cursor.close()
    assert connection.visits == 1


async def test_a_long_result_comes_in_parts(connection: Counting) -> None:
    cursor = await connection.cursor().execute("SELECT number FROM numbers ORDER BY number")
    read = [(await cursor.fetchone())[0], *(row[0] for row in await cursor.fetchmany(FETCH_BATCH_SIZE))]
    assert len(read) < MANY
    while rows := await cursor.fetchmany(100):
        read += [row[0] for row in rows]
    assert read == list(range(MANY))
    assert await cursor.fetchone() is None


async def test_the_rest_of_a_long_result_comes_at_once(connection: Counting) -> None:
    cursor = await connection.cursor().execute("SELECT number FROM numbers ORDER BY number")
    assert await cursor.fetchmany(2) == [(0,), (1,)]
    assert [row[0] for row in await cursor.fetchall()] == list(range(2, MANY))
    assert await cursor.fetchall() == []


async def test_a_result_that_is_left_is_closed(connection: Counting) -> None:
    cursor = await connection.cursor().execute("SELECT number FROM numbers")
    await cursor.close()
    await connection.cursor().execute("DROP TABLE numbers")  # would be locked by an open statement


async def test_an_error_comes_through(connection: Counting) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        await connection.cursor().execute("INSERT INTO numbers VALUES (1)")
    assert (await connection.cursor().execute("DELETE FROM numbers WHERE number < 5")).rowcount == 5


async def test_what_was_committed_is_not_rolled_back_once_more(connection: Counting) -> None:
    await connection.cursor().execute("BEGIN")
    await connection.commit()
    connection.visits = 0
    await connection.rollback()
    assert connection.visits == 0


async def test_what_came_after_a_commit_is_rolled_back(connection: Counting) -> None:
    await connection.commit()
    await connection.cursor().execute("BEGIN")
    await connection.cursor().execute("DELETE FROM numbers")
    await connection.rollback()
    assert (await (await connection.cursor().execute("SELECT count(*) FROM numbers")).fetchall()) == [(MANY,)]


async def test_sqlalchemy_streams_through_it(tmp_path: Path) -> None:
    engine = build_engine(f"sqlite+aiosqlite:///{tmp_path / 'stream.db'}")
    async with engine.begin() as opened:
        driver = (await opened.get_raw_connection()).driver_connection
        assert isinstance(driver, Connection)
        await opened.execute(text("CREATE TABLE numbers (number INTEGER PRIMARY KEY)"))
        await opened.execute(text("INSERT INTO numbers VALUES (:n)"), [{"n": n} for n in range(MANY)])
        rows = await opened.stream(text("SELECT number FROM numbers ORDER BY number"))
        assert [row.number async for row in rows] == list(range(MANY))
    await engine.dispose()
