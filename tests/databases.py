"""Databases made for a test and dropped after it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.migrations import tables as migrations_tables
from tests import services

both_databases = pytest.mark.parametrize("backend", ["sqlite", "postgres"], indirect=True)
"""For what one of them could do differently: races, locks, the outbox, the inbox, what is pending."""


@asynccontextmanager
async def fresh_postgres(purpose: str) -> AsyncIterator[str]:
    """The URL of a new, empty PostgreSQL database; skips the test where there is no server."""
    services.need("postgres")
    name = f"laurel_{purpose}_{os.getpid()}"
    await administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    try:
        yield postgres_url(name)
    finally:
        await administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def administer(*statements: str) -> None:
    """Run statements on the server's own database, outside any transaction."""
    connection = await asyncpg.connect(services.POSTGRES, user=services.postgres_user())
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def empty(connection: AsyncConnection) -> None:
    """Leave no row of ours, and count from one again. TRUNCATE would do, thirty times slower: it makes new files."""
    deletions = [f'DELETE FROM "{table.name}"' for table in reversed(migrations_tables.METADATA.sorted_tables)]
    counters = "SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences"
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver
    await driver.execute("; ".join([*deletions, f"{counters} WHERE last_value IS NOT NULL"]))


def postgres_url(name: str) -> str:
    """The URL of the database `name` on the tests' server."""
    base = services.POSTGRES.replace("postgresql://", "").rpartition("/")[0]
    user = f"{services.postgres_user()}@" if services.postgres_user() else ""
    return f"postgresql+asyncpg://{user}{base}/{name}"
