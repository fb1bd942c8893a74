"""The clock of the rewards: it looks again and again whether a job is due, in every replica."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random

from sqlalchemy.exc import SQLAlchemyError

from engine.db.connection import SessionFactory
from engine.events.gate import record_login
from engine.runs.schedules import CatalogueState, read_catalogue_state, sync_jobs
from engine.runs.ticking import tick_due_jobs

LOOK_INTERVAL_S = 1.0  # seconds between two looks: a changed reward acts within two

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Scheduler:
    """`wake` is called when something was done, so that its celebrations go out at once.

    `take_days_begun` gives the people, each with the day that they have begun, whose login is not written down.
    """

    writing: SessionFactory
    reading: SessionFactory
    clock: Callable[[], datetime]
    random: Random
    wake: Callable[[], None]
    take_days_begun: Callable[[], Iterable[tuple[int, date]]] = tuple
    sleep: Callable[[float], Awaitable[object]] = field(default=asyncio.sleep)
    _state: CatalogueState | None = None
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look, until `stop`."""
        self._task = asyncio.create_task(self._run(), name="scheduler")

    async def stop(self) -> None:
        """End. What is broken off goes on where it stands, here or in another replica."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> None:
        """Bring the jobs in step with the catalogue where it has changed, and do what is due."""
        async with self.reading.begin() as session:
            state = await read_catalogue_state(session)
        if state != self._state:
            async with self.writing.begin() as session:
                await sync_jobs(session, state.settings, self.clock())
            self._state = state
        if days := tuple(self.take_days_begun()):
            async with self.writing.begin() as session:
                for person_id, day in days:
                    await record_login(session, person_id, day, self.clock())
        if await tick_due_jobs(self.writing, self.reading, clock=self.clock, random=self.random):
            self.wake()

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                log.warning(
                    "the jobs were not looked at", extra={"action": "look_failed", "error": type(error).__name__}
                )
            await self.sleep(LOOK_INTERVAL_S)
