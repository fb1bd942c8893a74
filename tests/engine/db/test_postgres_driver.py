"""A full pool and a full server are waited for, within a bound and with one line; a pooler gets what it can serve."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import exc, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.db.autocommit import build_autocommit_sessions
from engine.db.connection import build_engine, build_sessions
from engine.migrations import is_schema_behind
from tests import databases
from tests.pooler import pgbouncer
from tests.processes import run
from tests.waiting import until

NEVER, LONG = 0.0, 3600.0  # seconds


@pytest.fixture
def backend() -> str:
    return "postgres"


@pytest.fixture
async def one_slot(database_url: str) -> AsyncIterator[URL]:
    """The database as a role that gets one connection: PostgreSQL refuses more as it does when it is full."""
    role = f"laurel_one_{os.getpid()}"
    await databases.administer(
        f"DROP ROLE IF EXISTS {role}", f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 1 PASSWORD 'x'"
    )
    yield make_url(database_url).set(username=role, password="x")
    await databases.administer(f"DROP ROLE {role}")


async def test_a_full_server_is_waited_for(one_slot: URL, caplog: pytest.LogCaptureFixture) -> None:
    url = one_slot.render_as_string(hide_password=False)
    holder = build_engine(url)
    async with holder.connect():
        impatient = build_engine(url, server_wait_s=NEVER)
        with pytest.raises(exc.DBAPIError, match="too many connections"):
            await impatient.connect()
        caplog.clear()
        waiting = asyncio.create_task(_ask(build_engine(url, server_wait_s=LONG)))
        await until(lambda: caplog.records)
    await holder.dispose()
    assert await waiting == 1
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "the database takes no more connections"
    ]


async def _ask(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        found = (await connection.execute(text("SELECT 1"))).scalar_one()
    await engine.dispose()
    return int(found)


async def test_a_full_pool_is_waited_for(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    engine = build_engine(database_url, pool_size=1, pool_wait_s=LONG)
    async with engine.connect() as held:
        waiting = [asyncio.create_task(_backend(engine)) for _ in range(3)]
        await until(lambda: caplog.records)
        own = (await held.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    assert await asyncio.gather(*waiting) == [own] * 3
    assert len(caplog.records) == 1
    await engine.dispose()
    hasty = build_engine(database_url, pool_size=1, pool_wait_s=NEVER)
    async with hasty.connect():
        with pytest.raises(exc.TimeoutError):
            await hasty.connect()
    await hasty.dispose()


async def _backend(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one())


async def test_behind_a_pooler_statements_go_to_any_connection_and_migrations_wait_for_each_other(
    tmp_path: Path,
) -> None:
    async with databases.fresh_postgres("pooled") as url, pgbouncer(url, tmp_path) as behind:
        pooled = behind.update_query_dict({"pgbouncer": "true"}).render_as_string(hide_password=False)
        migrations = (asyncio.to_thread(run, tmp_path, "migrate", DATABASE_URL=pooled) for _ in range(2))
        assert [ended.stderr for ended in await asyncio.gather(*migrations)] == ["", ""]
        engines = [build_engine(pooled) for _ in range(3)]
        assert not await is_schema_behind(engines[0])
        answers = await asyncio.gather(*(_count(engines[n % 3], n) for n in range(200)))
        assert answers == list(range(200))
        for engine in engines:
            await engine.dispose()


async def _count(engine: AsyncEngine, number: int) -> int:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(7)"))
        found = await connection.execute(text("SELECT CAST(:n AS integer)"), {"n": number})
        return int(found.scalar_one())


async def test_behind_a_pooler_no_statement_runs_outside_a_transaction() -> None:
    """asyncpg parses and runs a statement in two steps: a pooler could send them to two connections."""
    url = "postgresql+asyncpg://laurel@127.0.0.1:1/laurel"
    direct, pooled = (build_sessions(build_engine(f"{url}{query}")) for query in ("", "?pgbouncer=true"))
    assert build_autocommit_sessions(pooled) is pooled
    assert build_autocommit_sessions(direct) is not direct
