"""Sessions whose every statement is a transaction of its own: no round trips for BEGIN and COMMIT."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker

from engine.db.compiled import DRIVER_KEY, AiosqliteConnection, AsyncpgConnection, DriverConnection, OpenTransaction
from engine.db.connection import SessionFactory
from engine.db.postgres_driver import POOLED


def build_autocommit_sessions(sessions: SessionFactory) -> SessionFactory:
    """Build sessions on the same connections for single statements, or reads without a common snapshot.

    On SQLite, sessions that write are returned unchanged: there is no network to save trips on, and a writer must hold
    the lock of its process.
    """
    engine = sessions.kw["bind"]
    if engine.sync_engine.get_execution_options().get(POOLED):
        return sessions  # a statement is parsed and run in two steps, which only a transaction keeps on one connection
    if engine.dialect.name != "sqlite":
        engine = engine.execution_options(isolation_level="AUTOCOMMIT")
    elif not engine.sync_engine.get_execution_options().get("laurel_reads"):
        return sessions
    return _Autocommit(engine, expire_on_commit=False, autoflush=False)


class _Autocommit(async_sessionmaker[AsyncSession]):
    """Compiled statements go straight to the driver: an idle relay looks all day, and does little else."""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:  # type: ignore[override] # as a context manager it is the same
        async with self.kw["bind"].connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            session = self(bind=connection)
            # No transaction is open, and none will be for a compiled statement.
            session.info[DRIVER_KEY] = OpenTransaction(None, connection.sync_connection, *_describe(connection, driver))
            try:
                yield session
            finally:
                if session.in_transaction():
                    await session.close()


def _describe(connection: AsyncConnection, driver: Any) -> tuple[DriverConnection, tuple[type[Exception], ...]]:
    """Return the wrapper that queries the driver's connection, and the exceptions that the driver raises."""
    if connection.dialect.name == "sqlite":
        return AiosqliteConnection(driver), (sqlite3.Error,)
    asyncpg = connection.dialect.dbapi.driver  # type: ignore[union-attr]
    return AsyncpgConnection(driver), (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
