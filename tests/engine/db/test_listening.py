"""Notifications are heard while the connection lives; that they cannot be is noticed, and tried again."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.db.listening import NotificationListener
from tests import databases
from tests.waiting import until

pytestmark = pytest.mark.parametrize("backend", ["postgres"])


class Ear:
    """A listener that is tried again at once, and what it heard."""

    def __init__(self, url: str, database: AsyncEngine) -> None:
        self.heard = 0
        self.listener = NotificationListener(
            url, database, "test", self.hear, probe_timeout_s=0.2, reconnect_delay_s=0.01
        )

    def hear(self) -> None:
        self.heard += 1


@asynccontextmanager
async def listening(url: str, database: AsyncEngine) -> AsyncIterator[Ear]:
    ear = Ear(url, database)
    running = asyncio.create_task(ear.listener.run())
    yield ear
    running.cancel()
    await asyncio.wait([running])


def url_of(database: AsyncEngine) -> str:
    return database.url.render_as_string(hide_password=False)


async def run(database: AsyncEngine, statement: str) -> None:
    async with database.begin() as connection:
        await connection.execute(text(statement))


async def test_a_notification_is_heard_and_a_lost_connection_is_made_anew(database: AsyncEngine) -> None:
    async with listening(url_of(database), database) as ear:
        await until(lambda: ear.listener.is_listening)
        assert ear.heard == 1, "what came before it listened was missed"
        await run(database, "NOTIFY test")
        await until(lambda: ear.heard == 2)
        await run(database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        await until(lambda: ear.heard == 3)
        assert ear.listener.is_listening
        await run(database, "NOTIFY test")
        await until(lambda: ear.heard == 4)


async def test_where_nothing_arrives_that_is_said_once(database: AsyncEngine, caplog: pytest.LogCaptureFixture) -> None:
    """Behind a pooler, with the URL of another database, or with one that cannot be reached."""
    async with databases.fresh_postgres("elsewhere") as elsewhere:
        nowhere = database.url.set(host="127.0.0.1", port=1).render_as_string(hide_password=False)
        for url, why in ((elsewhere, "NotHeard"), (nowhere, "ConnectionRefusedError")):
            caplog.clear()
            tried = logging.getLogger("engine.db.listening")
            async with listening(url, database) as ear:
                await until(lambda ear=ear: ear.listener.failures > 2)
                assert not ear.listener.is_listening
            said = [record.why for record in caplog.records if record.name == tried.name]  # type: ignore[attr-defined]
            assert said == [why]
