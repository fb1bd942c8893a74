"""Daily passes, each run by the one replica that claims its lease. The pass of a dead replica is taken over."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from engine.db.connection import SessionFactory
from engine.scheduling import leases
from engine.scheduling.leases import claim_lease, extend_lease

DAY_S = 86_400.0  # seconds between two passes
DAILY_RETRY_DELAY_S = 60.0  # seconds between two checks for a pass that is due
LEASE_RENEWAL_INTERVAL_S = leases.JOB_LEASE_DURATION.total_seconds() / 5  # seconds between two renewals

log = logging.getLogger(__name__)

DailyJob = Callable[[], Awaitable[float]]
"""Runs one full pass and returns the seconds until the next one."""


@dataclass(frozen=True, slots=True)
class DailyRunner:
    writing: SessionFactory
    clock: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[object]] = field(default=asyncio.sleep)

    async def run(self, look: Callable[[], Awaitable[None]]) -> None:
        """Call `look` at each interval, for as long as this process lives."""
        while True:
            await self.sleep(DAILY_RETRY_DELAY_S)
            try:
                await look()
            except (SQLAlchemyError, OSError) as error:
                said = {"action": "daily_failed", "error": type(error).__name__}
                log.warning("a daily pass was not made", extra=said)

    async def make(self, name: str, through: DailyJob) -> None:
        """Run the pass of that name if it is due and free. An interrupted pass is soon due again."""
        async with self.writing.begin() as session:
            claim = await claim_lease(session, name, now=self.clock())
        if claim is None:
            return
        alive = asyncio.create_task(self._stay(name, claim), name=f"daily {name}")
        try:
            seconds = await through()
        finally:
            alive.cancel()
        await self._hold(name, claim, seconds)

    async def _stay(self, name: str, claim: int) -> None:
        while True:
            await asyncio.sleep(LEASE_RENEWAL_INTERVAL_S)
            try:
                await self._hold(name, claim, leases.JOB_LEASE_DURATION.total_seconds())
            except (SQLAlchemyError, OSError) as error:  # the next renewal may come in time
                log.warning("a pass was not held", extra={"action": "hold_failed", "error": type(error).__name__})

    async def _hold(self, name: str, claim: int, seconds: float) -> None:
        async with self.writing.begin() as session:
            await extend_lease(session, name, claim, until=self.clock() + timedelta(seconds=seconds))
