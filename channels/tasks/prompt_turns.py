"""Turns with a platform's deadline: they are done or stored before they are acknowledged."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from bot.dispatch.acknowledged_turns import (
    extend_acknowledged_turn,
    finish_acknowledged_turn,
    store_acknowledged_turn,
)
from bot.dispatch.dispatcher import Bot
from bot.protocol.turns import Turn
from channels.tasks.background import BackgroundTasks
from engine.turns.pending_turns import ClaimedTurn

LEASE_RENEWAL_INTERVAL_S = 5.0  # a third of the lease of a stored turn

log = logging.getLogger(__name__)

T = TypeVar("T")

StoredTurn = asyncio.Task[ClaimedTurn | None]


class TurnNotStored(Exception):
    """A turn is neither done in time nor stored, so its platform must not get an acknowledgement."""


@dataclass(frozen=True, slots=True)
class PromptTurns:
    """`store_s` is the time in seconds for storing a late turn, `renew_s` the interval for renewing its lease."""

    bot: Bot
    under_way: BackgroundTasks
    store_s: float
    renew_s: float = LEASE_RENEWAL_INTERVAL_S

    async def run(
        self,
        turn: Turn | None,
        work: Coroutine[Any, Any, T],
        afterwards: Callable[[Awaitable[T]], Coroutine[Any, Any, None]],
    ) -> T | None:
        """Return what `work` returns, raising what it raises; if it is late, store the turn and return None.

        `afterwards` gets late work, and the stored turn is deleted in the end. A `turn` of None cannot be stored.
        Raises TurnNotStored if the work is late and the turn is not stored; the work goes on.
        """
        task = self.under_way.hold(work)
        if (await asyncio.wait({task}, timeout=self.under_way.prompt))[0]:
            return task.result()
        if turn is None:
            self.under_way.run_in_background(afterwards(task))
            raise TurnNotStored
        stored = self.under_way.hold(store_acknowledged_turn(self.bot, turn))
        await asyncio.wait({task, stored}, timeout=self.store_s, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            self.under_way.run_in_background(self._delete(stored))
            return task.result()
        self.under_way.run_in_background(self._follow(afterwards(task), stored))
        if stored.done() and not stored.exception():
            return None
        why = type(stored.exception()).__name__ if stored.done() else "it takes too long"
        log.warning("a late turn was not stored", extra={"action": "turn_not_stored", "why": why})
        raise TurnNotStored

    async def _follow(self, late: Coroutine[Any, Any, None], stored: StoredTurn) -> None:
        """Renew the lease of the stored turn until it is answered, then delete it.

        If the answer fails, the turn stays stored, and another process takes it up.
        """
        answered = self.under_way.hold(late)
        while not (await asyncio.wait({answered}, timeout=self.renew_s))[0]:
            try:
                if claim := _claim(stored):
                    await extend_acknowledged_turn(self.bot, claim)
            except (SQLAlchemyError, OSError) as error:  # the next renewal may come in time
                log.warning("a turn was not held", extra={"action": "hold_failed", "error": type(error).__name__})
        answered.result()
        await self._delete(stored)

    async def _delete(self, stored: StoredTurn) -> None:
        await asyncio.wait({stored})
        if claim := _claim(stored):
            await finish_acknowledged_turn(self.bot, claim)


def _claim(stored: StoredTurn) -> ClaimedTurn | None:
    """Return this replica's claim on the stored turn, or None."""
    return stored.result() if stored.done() and not stored.exception() else None
