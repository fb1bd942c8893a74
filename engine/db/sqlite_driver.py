"""aiosqlite with one visit to the connection's thread for each statement, where SQLAlchemy on aiosqlite makes four.

A visit costs more than most statements: cursor, execution, rows and close go together. It uses aiosqlite's private
`_execute`, for which there is no public name; `tests/engine/db/test_sqlite_driver.py` notices where that changes.
"""

import sqlite3
from collections.abc import Iterable
from functools import partial
from typing import Any

import aiosqlite

FETCH_BATCH_SIZE = 500  # rows that come along with their statement; a long result is fetched on as it is read

SqlParameters = Iterable[Any]


class Cursor(aiosqlite.Cursor):
    """Not open until its statement runs; closed there if all its rows came along."""

    def __init__(self, connection: "Connection") -> None:
        self._conn = connection
        self._rows: list[Any] = []
        self._ended = True

    async def __aenter__(self) -> "Cursor":
        return self

    async def execute(self, sql: str, parameters: SqlParameters | None = None) -> "Cursor":
        await self._execute(self._visit, "execute", sql, parameters or ())  # type: ignore[no-untyped-call]
        return self

    async def executemany(self, sql: str, parameters: Iterable[SqlParameters]) -> "Cursor":
        await self._execute(self._visit, "executemany", sql, parameters)  # type: ignore[no-untyped-call]
        return self

    def _visit(self, how: str, sql: str, parameters: Iterable[Any]) -> None:
        """Run the statement and fetch its first rows, in the connection's thread."""
        self._cursor: sqlite3.Cursor = self._conn._conn.cursor()
        getattr(self._cursor, how)(sql, parameters)
        self._rows = self._cursor.fetchmany(FETCH_BATCH_SIZE) if self._cursor.description else []
        self._ended = len(self._rows) < FETCH_BATCH_SIZE
        if self._ended:
            self._cursor.close()

    async def fetchone(self) -> Any:
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        if not self._rows and not self._ended:
            self._rows = list(await super().fetchmany(FETCH_BATCH_SIZE))
            self._ended = not self._rows
        size = size or 1
        taken, self._rows = self._rows[:size], self._rows[size:]
        return taken

    async def fetchall(self) -> list[Any]:
        rest = [] if self._ended else list(await super().fetchall())
        taken, self._rows, self._ended = self._rows + rest, [], True
        return taken

    async def close(self) -> None:
        if not self._ended:
            self._ended = True
            await super().close()


class Connection(aiosqlite.Connection):
    """SQLite connection that skips a rollback right after a commit.

    The pool rolls back each connection that returns to it, which would then be a useless visit to the thread.
    """

    _just_committed = False

    async def _execute(self, fn: Any, *args: Any, **more: Any) -> Any:
        self._just_committed = False
        return await super()._execute(fn, *args, **more)  # type: ignore[no-untyped-call]

    async def commit(self) -> None:
        await super().commit()
        self._just_committed = True

    async def rollback(self) -> None:
        if not self._just_committed:
            await super().rollback()

    def cursor(self) -> Cursor:  # type: ignore[override] # it is awaited nowhere: SQLAlchemy enters it
        return Cursor(self)


async def open_sqlite_connection(database: str, **settings: Any) -> Connection:
    """Open a connection, for `create_async_engine(async_creator=…)`. `settings` are sqlite3's own."""
    connection = Connection(partial(sqlite3.connect, database, **settings), iter_chunk_size=FETCH_BATCH_SIZE)
    connection._thread.daemon = True
    try:
        await connection
    except sqlite3.Error:
        connection._thread.join()  # it ends now; after the loop's end it would say on standard error that it cannot
        raise
    return connection
