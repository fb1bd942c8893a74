"""A listener for notifications of other transactions, on a connection of its own. PostgreSQL only."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.db.connection import build_engine

PROBE_TIMEOUT_S = 5.0  # that a notification of our own may take
PROBE_INTERVAL_S = 60.0  # between probes: a connection may be dead without a word
RECONNECT_DELAY_S = 10.0
NOTIFY = text("SELECT pg_notify(:channel, :payload)")

log = logging.getLogger(__name__)


class NotHeard(Exception):
    """What was notified did not arrive: a pooler is between, or it is another database."""


@dataclass(slots=True)
class NotificationListener:
    """Calls `heard` for each notification on `channel`, and once when listening begins: earlier ones were missed.

    `url` is where it listens; `database` is where the others write, perhaps through a pooler that forwards no
    notifications.
    """

    url: str
    database: AsyncEngine
    channel: str
    heard: Callable[[], None]
    is_listening: bool = False
    failures: int = 0  # in a row
    probe_timeout_s: float = PROBE_TIMEOUT_S
    reconnect_delay_s: float = RECONNECT_DELAY_S
    _probe: str = ""
    _probed: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Listen until cancelled. After a failure try again every `reconnect_delay_s` seconds, and log it once."""
        while True:
            why = await self._listen()
            self.is_listening = False
            self.failures += 1
            if self.failures == 1:
                said = {"action": "listen_failed", "why": why}
                log.warning("notifications of the database do not arrive: it is polled", extra=said)
            await asyncio.sleep(self.reconnect_delay_s)

    async def _listen(self) -> str:
        """Listen as long as the connection works. Return what ended it."""
        engine = build_engine(self.url, pool_size=1)
        driver_module: Any = engine.dialect.dbapi
        driver_errors = driver_module.driver.PostgresError, driver_module.driver.InterfaceError
        try:
            async with engine.connect() as connection:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                self._ended.clear()
                driver.add_termination_listener(lambda _: self._ended.set())
                await driver.add_listener(self.channel, self._on_notification)
                await self._stay()
        except (SQLAlchemyError, OSError, NotHeard, *driver_errors) as error:
            return type(error).__name__
        finally:
            await engine.dispose()
        return "the connection ended"

    async def _stay(self) -> None:
        """Wait until the connection ends, with regular probes. Raises NotHeard if a probe does not arrive."""
        while not self._ended.is_set():
            await self._hear_ourselves()
            if not self.is_listening:
                self.is_listening, self.failures = True, 0
                self.heard()
            with suppress(TimeoutError):
                async with asyncio.timeout(PROBE_INTERVAL_S):
                    await self._ended.wait()

    async def _hear_ourselves(self) -> None:
        self._probe = uuid4().hex
        self._probed.clear()
        async with self.database.begin() as connection:
            await connection.execute(NOTIFY, {"channel": self.channel, "payload": self._probe})
        try:
            async with asyncio.timeout(self.probe_timeout_s):
                await self._probed.wait()
        except TimeoutError:
            raise NotHeard from None

    def _on_notification(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        if payload == "":
            self.heard()
        elif payload == self._probe:
            self._probed.set()
