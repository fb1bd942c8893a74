"""Sessions whose every statement is a transaction of its own: no round trips for BEGIN and COMMIT."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from engine.db.compiled import DRIVER_KEY, AsyncpgConnection, OpenTransaction
from engine.db.connection import SessionFactory


def build_autocommit_sessions(sessions: SessionFactory) -> SessionFactory:
    """Sessions on the same connections for work that is one statement, or reads that need not be of one moment.

    On SQLite they are the same sessions: nothing travels there, and a writer must hold the lock of its process.
    """
    engine = sessions.kw["bind"]
    if engine.dialect.name == "sqlite":
        return sessions
    alone = engine.execution_options(isolation_level="AUTOCOMMIT")
    return _Autocommit(alone, expire_on_commit=False, autoflush=False)


class _Autocommit(async_sessionmaker[AsyncSession]):
    """Compiled statements go straight to the driver: an idle relay looks all day, and does little else."""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:  # type: ignore[override] # as a context manager it is the same
        async with self.kw["bind"].connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            asyncpg = connection.dialect.dbapi.driver
            errors = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
            session = self(bind=connection)
            # No transaction is open, and none will be for a compiled statement.
            opened = OpenTransaction(None, connection.sync_connection, AsyncpgConnection(driver), errors)
            session.info[DRIVER_KEY] = opened
            try:
                yield session
            finally:
                if session.in_transaction():
                    await session.close()
