"""The floor of the bench runs the very statements that a turn runs, and a turn makes few round trips."""

import re
from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.turns import Say
from engine import db
from tests import services
from tests.bench import floor_statements, load, seeded, turn
from tests.bench.slow import slow_wire

WRITTEN = ("kudos", "kudos_receivers", "kudos_tags", "points_entries", "announcements", "deliveries", "inbox")


@pytest.fixture
async def organisation(database: AsyncEngine) -> AsyncEngine:
    async with db.sessions(database).begin() as session:
        await seeded.populate(session)
    return database


def gist(statement: str) -> str:
    """What it does to which tables: "INSERT kudos", "SELECT identities people inbox"."""
    tables = re.findall(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)", statement)
    return " ".join([statement.split()[0], *sorted(set(tables))])


async def test_the_floor_runs_the_statements_of_a_turn(organisation: AsyncEngine) -> None:
    seen: list[str] = []

    @event.listens_for(organisation.sync_engine, "before_cursor_execute")
    def _statement(*call: Any) -> None:
        seen.append(call[2])

    reply = await turn.bot_on(organisation).handle(turn.gift(1))
    assert isinstance(reply, Say)
    assert reply.card.tone == "plain", reply
    ran = [gist(statement) for statement in seen if not statement.startswith("BEGIN")]
    assert ran == [gist(statement) for statement in floor_statements.TURN]


async def test_the_floor_leaves_what_a_turn_leaves(organisation: AsyncEngine, backend: str) -> None:
    await turn.bot_on(organisation).handle(turn.gift(1))
    by_turn = await rows(organisation)
    floor = (floor_statements.Sqlite if backend == "sqlite" else floor_statements.Postgres)(
        organisation.url.render_as_string(hide_password=False)
    )
    await floor.start()
    said = load.command(1, 2, seeded.PEOPLE)[0].decode()
    await floor.statements(dict(parse_qsl(said)))
    await floor.stop()
    assert {name: count * 2 for name, count in by_turn.items()} == await rows(organisation)


async def rows(engine: AsyncEngine) -> dict[str, int]:
    """How many there are in each table that a turn writes."""
    async with db.reading(engine).begin() as session:
        return {name: (await session.execute(text(f"SELECT count(*) FROM {name}"))).scalar_one() for name in WRITTEN}


@pytest.mark.parametrize("backend", ["postgres"])
async def test_a_turn_makes_twelve_round_trips_on_the_wire(organisation: AsyncEngine, backend: str) -> None:
    services.need(backend)
    async with slow_wire(to=organisation.url.port or 5432, seconds=0) as wire:
        behind = organisation.url.set(host="127.0.0.1", port=wire.port)
        engine = db.connect(behind.render_as_string(hide_password=False))
        bot = turn.bot_on(engine)
        await bot.handle(turn.gift(1))  # connects, and prepares the statements
        before = wire.round_trips
        await bot.handle(turn.gift(2))
        assert wire.round_trips - before <= 12
        await engine.dispose()
