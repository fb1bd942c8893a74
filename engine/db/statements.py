"""Parts of statements that depend on the database, or that bypass the object mapper."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.base import Base


def build_insert_new(table: type[Base] | Table) -> postgresql.Insert:
    """Build an INSERT that skips existing rows. The SQL is the same for both databases: build it once for both."""
    return postgresql.insert(get_table(table) if isinstance(table, type) else table).on_conflict_do_nothing()


def get_table(noun: type[Base]) -> Table:
    """Return the table behind a mapped class.

    Statements on it bypass the object mapper, for turns that cannot wait for it.
    """
    table = noun.__table__
    assert isinstance(table, Table)
    return table


def build_insert(session: AsyncSession, table: type[Base] | Table) -> Any:
    """Return the dialect's own INSERT, for ON CONFLICT."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
