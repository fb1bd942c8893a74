"""The migrations build the very tables that the code describes, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

import channels.slack.workspaces.installations
import channels.web.store
from engine.db.connection import build_engine, build_read_sessions
from engine.errors import BadInput
from engine.kudos.models import Kudos
from engine.migrations import build_alembic_config, is_schema_behind, upgrade_schema
from engine.migrations import tables as migrations_tables
from engine.people.models import Identity, Person
from tests import databases

assert channels.slack.workspaces.installations
assert channels.web.store


@pytest.fixture
async def bare(backend: str, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A database without a single table."""
    if backend == "sqlite":
        engine = build_engine(f"sqlite+aiosqlite:///{tmp_path}/bare.db")
        yield engine
        await engine.dispose()
        return
    async with databases.fresh_postgres("bare") as url:
        engine = build_engine(url)
        yield engine
        await engine.dispose()


# The indexes over expressions are PostgreSQL's alone: on SQLite there is nothing to compare.
pytestmark = pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, migrations_tables.METADATA))


async def test_models_and_migrations_agree(bare: AsyncEngine) -> None:
    assert await is_schema_behind(bare)
    await upgrade_schema(bare)
    assert not await is_schema_behind(bare)
    async with bare.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_twice_changes_nothing(bare: AsyncEngine) -> None:
    await upgrade_schema(bare)
    await upgrade_schema(bare)
    assert not await is_schema_behind(bare)


async def test_a_schema_from_the_future_is_left_alone(bare: AsyncEngine) -> None:
    await upgrade_schema(bare)
    async with bare.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for asked in (is_schema_behind, upgrade_schema):
        with pytest.raises(BadInput, match="a newer version of Laurel"):
            await asked(bare)
    async with bare.connect() as connection:
        assert await connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
        assert await connection.run_sync(differences) == []


AT = "2026-03-02 09:00:00"
FIRST_ROWS = (  # of the schema that the first deployments have
    f"""INSERT INTO people (id, first_name, last_name, display_name, folded_name, email, "groups", programs, kind,
    active, attributes, no_birthday_post, no_public_kudos, not_on_boards, direct_news, role, created_at, updated_at)
    VALUES (1, 'Ana', '', 'Ana', 'ana', 'ana@corp.test', '[]', '[]', 'employee',
    true, '{{}}', false, false, false, true, 'member', '{AT}', '{AT}')""",
    f"""INSERT INTO identities (person_id, channel, tenant, external_id, linked_at, seen_at)
    VALUES (1, 'slack', 'T1', 'U1', '{AT}', '{AT}')""",
    f"""INSERT INTO kudos (giver_id, words, "public", day, given_at)
    VALUES (1, 'thanks', true, '2026-03-02', '{AT}')""",
)


async def test_what_the_first_schema_holds_is_kept(bare: AsyncEngine) -> None:
    async with bare.begin() as connection:
        await connection.run_sync(lambda c: command.upgrade(build_alembic_config(c), "0001"))
        for row in FIRST_ROWS:
            await connection.exec_driver_sql(row)
    await upgrade_schema(bare)
    async with build_read_sessions(bare).begin() as session:
        found = await session.execute(select(Person, Identity, Kudos).join(Identity).join(Kudos))
        [(person, identity, gift)] = found.all()
    assert (person.email, person.created_at.isoformat()) == ("ana@corp.test", "2026-03-02T09:00:00+00:00")
    assert (identity.external_id, gift.words) == ("U1", "thanks")
