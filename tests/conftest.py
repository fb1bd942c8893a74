"""Databases for the tests: each test gets an empty one of the kind it asks for."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.web_app import _cached_build_middleware
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.db.connection import DatabaseSession, SessionFactory, build_engine, build_read_sessions, build_sessions
from engine.migrations import tables as migrations_tables
from tests import databases, services

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday


class Clock:
    """The time, as the test sets it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """aiohttp remembers a thousand handlers, and with each the application behind it, its databases and statements."""
    yield
    _cached_build_middleware.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def _no_authorities(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whoever makes a client reads the certificates of all authorities, and nobody here asks one of them."""
    os.environ.pop("SSL_CERT_FILE", None)
    os.environ["SSL_CERT_DIR"] = str(tmp_path_factory.mktemp("authorities"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "empty.db"
    asyncio.run(_create(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def postgres_database() -> Iterator[str]:
    services.need("postgres")
    name = f"laurel_test_{os.getpid()}"
    anew = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"'
    unhurried = f'ALTER DATABASE "{name}" SET synchronous_commit = off'  # what is lost with the machine may be lost
    asyncio.run(databases.administer(*anew, unhurried))
    url = databases.postgres_url(name)
    asyncio.run(_create(url))
    yield url
    asyncio.run(databases.administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


async def _create(url: str) -> None:
    engine = build_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(migrations_tables.METADATA.create_all)
    await engine.dispose()


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """SQLite. A room of statements asks for both, and so does a test that is marked `both_databases`."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if backend == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "laurel.db")
        return f"sqlite+aiosqlite:///{tmp_path / 'laurel.db'}"
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture(scope="session")
def postgres_engine(postgres_database: str) -> AsyncEngine:
    """One for all tests, since it remembers what each statement compiles to. Connections and events are each test's."""
    return build_engine(postgres_database)


@pytest.fixture
def engine(backend: str, database_url: str, request: pytest.FixtureRequest) -> AsyncEngine:
    if backend == "sqlite":
        return build_engine(database_url)
    return request.getfixturevalue("postgres_engine").execution_options()


@pytest.fixture
async def database(backend: str, engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """An empty database with every table, on each of the two kinds."""
    if backend == "postgres":
        async with engine.begin() as connection:
            await databases.empty(connection)
    yield engine
    await engine.dispose()


@pytest.fixture
def writing(database: AsyncEngine) -> SessionFactory:
    return build_sessions(database)


@pytest.fixture
def reading(database: AsyncEngine) -> SessionFactory:
    return build_read_sessions(database)


@pytest.fixture
async def session(writing: SessionFactory) -> AsyncIterator[DatabaseSession]:
    """One open transaction, rolled back at the end."""
    async with writing() as opened:
        yield opened
