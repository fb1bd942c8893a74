"""The migrations build the very tables that the code describes, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

import channels.web.store
from engine import db, migrations, tables
from tests import databases

assert channels.web.store


@pytest.fixture
async def bare(backend: str, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A database without a single table."""
    if backend == "sqlite":
        engine = db.connect(f"sqlite+aiosqlite:///{tmp_path}/bare.db")
        yield engine
        await engine.dispose()
        return
    async with databases.fresh_postgres("bare") as url:
        engine = db.connect(url)
        yield engine
        await engine.dispose()


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, tables.METADATA))


async def test_models_and_migrations_agree(bare: AsyncEngine) -> None:
    assert await migrations.pending(bare)
    await migrations.upgrade(bare)
    assert not await migrations.pending(bare)
    async with bare.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_twice_changes_nothing(bare: AsyncEngine) -> None:
    await migrations.upgrade(bare)
    await migrations.upgrade(bare)
    assert not await migrations.pending(bare)
