"""The database: one declarative base, UTC instants, and the two dialects' differences."""

import asyncio
from collections.abc import AsyncIterator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import JSON, CursorResult, DateTime, Engine, Executable, MetaData, Table, event, orm
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from engine import sqlite_visits

Session = AsyncSession
Sessions = async_sessionmaker[AsyncSession]
T = TypeVar("T")
Step = tuple[Executable, Mapping[str, Any] | Sequence[Mapping[str, Any]]]  # a statement, with its values or its rows
Steps = Generator[Step, CursorResult[*tuple[Any, ...]], T]  # yields each statement and is sent what it found

PATIENCE = 30  # seconds that a writer waits for the others on SQLite
SQLITE = {"timeout": PATIENCE, "async_creator_fn": sqlite_visits.connect}
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of the product."""

    metadata = MetaData(naming_convention=NAMES)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime in, an aware UTC datetime out, on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def connect(url: str, *, pool_size: int = 20) -> AsyncEngine:
    """An engine for `url` (`postgresql+asyncpg://…` or `sqlite+aiosqlite:///…`). No connection is made yet.

    Errors hide the parameters of their statement: they would put people's words into the log.
    """
    if url.startswith("sqlite"):
        engine = create_async_engine(url, connect_args=SQLITE, hide_parameters=True)
        _prepare_sqlite(engine.sync_engine)
        return engine
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0, pool_use_lifo=True, hide_parameters=True)
    _prepare_postgres(engine.sync_engine)
    return engine


def sessions(engine: AsyncEngine) -> Sessions:
    """Sessions that write: on SQLite each transaction takes the writer's lock as it begins."""
    if engine.dialect.name == "sqlite":
        return _OneByOne(engine, expire_on_commit=False)
    return async_sessionmaker(engine, expire_on_commit=False)


def reading(engine: AsyncEngine) -> Sessions:
    """Sessions that only read: they never wait for the writer's lock."""
    return async_sessionmaker(engine.execution_options(laurel_reads=True), expire_on_commit=False, autoflush=False)


class _OneByOne(async_sessionmaker[AsyncSession]):
    """Writers of one process, first come, first served. SQLite would let them try again and again, and some starve."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._free = asyncio.Lock()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:  # type: ignore[override] # as a context manager it is the same
        async with asyncio.timeout(PATIENCE):
            await self._free.acquire()
        try:
            async with super().begin() as session:
                yield session
        finally:
            self._free.release()


def _prepare_postgres(engine: Engine) -> None:
    """A connection that the server has closed is noticed here: asking it would be three round trips for each turn."""

    @event.listens_for(engine, "checkout")
    def _checkout(_connection: object, record: Any, _proxy: object) -> None:
        if record.driver_connection.is_closed():
            raise DisconnectionError


def _prepare_sqlite(engine: Engine) -> None:
    """SQLite knows no row locks: a writer takes the lock when its transaction begins, or limits leak."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("laurel_reads")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


async def in_order(session: AsyncSession, steps: Steps[T]) -> T:
    """Run statements of tables, not of mapped classes, one after another; each on its own would cost a switch more.

    What the session still holds is written first.
    """

    def run(inner: orm.Session) -> T:
        inner.flush()
        connection = inner.connection()
        try:
            statement, values = next(steps)
            while True:
                statement, values = steps.send(connection.execute(statement, values))
        except StopIteration as end:
            result: T = end.value
            return result

    return await session.run_sync(run)


def insert_new(table: type[Base] | Table) -> postgresql.Insert:
    """An INSERT that passes over what is there already. Both databases say so alike: it may be built once for both."""
    return postgresql.insert(table_of(table) if isinstance(table, type) else table).on_conflict_do_nothing()


def table_of(noun: type[Base]) -> Table:
    """The table behind a mapped class: its statements pass the object mapper by, where a turn cannot wait for it."""
    table = noun.__table__
    assert isinstance(table, Table)
    return table


def insert(session: AsyncSession, table: type[Base] | Table) -> Any:
    """The dialect's own INSERT, for ON CONFLICT."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
