"""Engines and sessions: how the two databases are connected to, and how writers take turns on SQLite."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from engine.db.postgres_driver import (
    POOL_WAIT_S,
    POOLED,
    SERVER_WAIT_S,
    WatchedPool,
    build_postgres_options,
    is_behind_pooler,
)
from engine.db.sqlite_driver import open_sqlite_connection

DatabaseSession = AsyncSession

SessionFactory = async_sessionmaker[AsyncSession]

WRITER_TIMEOUT_S = 30  # seconds that a writer waits for the others on SQLite
SQLITE_OPTIONS = {"timeout": WRITER_TIMEOUT_S, "async_creator_fn": open_sqlite_connection}


POOL_SIZE = 10  # connections of a process: five replicas fit into the 100 of a default server, also while they roll


def build_engine(
    url: str, *, pool_size: int = POOL_SIZE, pool_wait_s: float = POOL_WAIT_S, server_wait_s: float = SERVER_WAIT_S
) -> AsyncEngine:
    """Build an engine for `url` (`postgresql+asyncpg://…` or `sqlite+aiosqlite:///…`), without connecting yet.

    Errors hide the parameters of their statement, as these would put people's messages into the log.
    """
    if url.startswith("sqlite"):
        engine = create_async_engine(url, connect_args=SQLITE_OPTIONS, hide_parameters=True)
        event.listen(engine.sync_engine, "connect", _set_pragmas)
        event.listen(engine.sync_engine, "begin", _begin_on_sqlite)
        return engine
    bare, options = build_postgres_options(make_url(url), server_wait_s)
    engine = create_async_engine(
        bare,
        poolclass=WatchedPool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_wait_s,
        pool_use_lifo=True,
        connect_args=options,
        hide_parameters=True,
        execution_options={POOLED: is_behind_pooler(make_url(url))},
    )
    event.listen(engine.sync_engine, "checkout", _check_open)
    return engine


def build_sessions(engine: AsyncEngine) -> SessionFactory:
    """Build sessions that write. On SQLite each transaction takes the writer's lock as it begins."""
    if engine.dialect.name == "sqlite":
        return _OneByOne(engine, expire_on_commit=False)
    return async_sessionmaker(engine, expire_on_commit=False)


def build_read_sessions(engine: AsyncEngine) -> SessionFactory:
    """Build sessions that only read. They never wait for the writer's lock."""
    return async_sessionmaker(engine.execution_options(laurel_reads=True), expire_on_commit=False, autoflush=False)


class _OneByOne(async_sessionmaker[AsyncSession]):
    """Writers of one process, first come, first served. SQLite would let them try again and again, and some starve."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._free = asyncio.Lock()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:  # type: ignore[override] # as a context manager it is the same
        async with asyncio.timeout(WRITER_TIMEOUT_S):
            await self._free.acquire()
        try:
            async with super().begin() as session:
                yield session
        finally:
            self._free.release()


def _check_open(_connection: object, record: Any, _proxy: object) -> None:
    # Here it costs nothing to see that the server has closed a connection; to ask it would be three round trips a turn.
    if record.driver_connection.is_closed():
        raise DisconnectionError


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def _begin_on_sqlite(connection: Connection) -> None:
    # SQLite has no row locks: unless a writer takes the lock as its transaction begins, limits could be exceeded.
    reads = connection.get_execution_options().get("laurel_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
