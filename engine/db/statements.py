"""The database: one declarative base, UTC instants, and the two dialects' differences."""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Executable, Table, orm
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.base import Base

T = TypeVar("T")

StatementStep = tuple[
    Executable, Mapping[str, Any] | Sequence[Mapping[str, Any]]
]  # a statement, with its values or its rows

StatementSteps = Generator[
    StatementStep, CursorResult[*tuple[Any, ...]], T
]  # yields each statement and is sent what it found


async def run_steps(session: AsyncSession, steps: StatementSteps[T]) -> T:
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


def build_insert_new(table: type[Base] | Table) -> postgresql.Insert:
    """An INSERT that passes over what is there already. Both databases say so alike: it may be built once for both."""
    return postgresql.insert(get_table(table) if isinstance(table, type) else table).on_conflict_do_nothing()


def get_table(noun: type[Base]) -> Table:
    """The table behind a mapped class: its statements pass the object mapper by, where a turn cannot wait for it."""
    table = noun.__table__
    assert isinstance(table, Table)
    return table


def build_insert(session: AsyncSession, table: type[Base] | Table) -> Any:
    """The dialect's own INSERT, for ON CONFLICT."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
