"""Sessions whose every statement is a transaction of its own: no round trips for BEGIN and COMMIT."""

from sqlalchemy.ext.asyncio import async_sessionmaker

from engine.db.connection import SessionFactory


def build_autocommit_sessions(sessions: SessionFactory) -> SessionFactory:
    """Sessions on the same connections for work that is one statement, or reads that need not be of one moment.

    On SQLite they are the same sessions: nothing travels there, and a writer must hold the lock of its process.
    """
    engine = sessions.kw["bind"]
    if engine.dialect.name == "sqlite":
        return sessions
    alone = engine.execution_options(isolation_level="AUTOCOMMIT")
    return async_sessionmaker(alone, expire_on_commit=False, autoflush=False)
