"""Databases for the measurements: an organisation that thanks in one place, with every limit switched on."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

from sqlalchemy import func, insert, select

from engine.admin.settings import ORGANISATION_ROW, SettingsRow
from engine.db.connection import DatabaseSession, build_engine, build_read_sessions, build_sessions
from engine.kudos.models import Kudos
from engine.migrations import upgrade_schema
from engine.outbox.places import Place
from engine.people.models import Identity, Person
from engine.people.names import fold_name
from tests import databases, services
from tests.bench.grounds import PEOPLE, Ground

LIMITS = {"kudos_points": 5, "kudos_per_day": 1_000_000}  # the allowance is counted with every gift, and never spent


@asynccontextmanager
async def organisation(backend: str, purpose: str, ground: Ground) -> AsyncIterator[str]:
    """The URL of a new database with everybody in it."""
    async with empty(backend, purpose) as url:
        engine = build_engine(url)
        await upgrade_schema(engine)
        async with build_sessions(engine).begin() as session:
            await populate(session, ground)
        await engine.dispose()
        yield url


async def gifts(url: str) -> int:
    """How many were made in that database."""
    engine = build_engine(url)
    async with build_read_sessions(engine).begin() as session:
        made = await session.scalar(select(func.count()).select_from(Kudos))
    await engine.dispose()
    return made or 0


def backends() -> tuple[str, ...]:
    """The databases at hand; PostgreSQL is named where it is missing."""
    if why := services.postgres_missing():
        print(f"PostgreSQL is not measured: {why}")
        return ("sqlite",)
    return ("postgres", "sqlite")


@asynccontextmanager
async def empty(backend: str, purpose: str) -> AsyncIterator[str]:
    """The URL of a new database without a table."""
    if backend == "postgres":
        async with databases.fresh_postgres(f"bench_{purpose}") as url:
            yield url
        return
    folder = Path(mkdtemp(prefix="laurel-bench-"))
    try:
        yield f"sqlite+aiosqlite:///{folder / 'bench.db'}"
    finally:
        shutil.rmtree(folder)


async def populate(session: DatabaseSession, ground: Ground) -> None:
    """PEOPLE who have accounts on the platform, one place that follows the celebrations, and the limits."""
    now = datetime.now(UTC)
    names = [f"Person {number}" for number in range(PEOPLE)]
    people = [
        {"id": number, "display_name": name, "folded_name": fold_name(name), "email": f"p{number}@corp.test"}
        for number, name in enumerate(names, 1)
    ]
    stamps = {"created_at": now, "updated_at": now}
    await session.execute(insert(Person), [person | stamps for person in people])
    there = {"channel": ground.channel, "tenant": ground.tenant}
    known = there | {"linked_at": now, "seen_at": now}
    accounts = [
        {"person_id": number + 1, "external_id": ground.account(number), "alias": ground.alias(number)}
        for number in range(PEOPLE)
    ]
    await session.execute(insert(Identity), [one | known for one in accounts])
    session.add(Place(**there, external_id=ground.place, name="general", announces=True, created_at=now))
    session.add(SettingsRow(name=ORGANISATION_ROW, values=LIMITS))
