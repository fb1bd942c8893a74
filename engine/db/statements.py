"""The database: one declarative base, UTC instants, and the two dialects' differences."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from engine.db.base import Base


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
