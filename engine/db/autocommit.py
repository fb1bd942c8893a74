"""Sessions whose every statement is a transaction of its own: no round trips for BEGIN and COMMIT."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from engine.db.compiled import DRIVER_KEY, build_open_transaction
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
            session = self(bind=connection)
            # No transaction is open, and none will be for a compiled statement.
            session.info[DRIVER_KEY] = build_open_transaction(None, connection.sync_connection)
            try:
                yield session
            finally:
                if session.in_transaction():
                    await session.close()
