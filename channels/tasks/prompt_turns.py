"""Turns that a platform waits for: nothing is acknowledged before it is done or stored."""

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
    """A turn is not done in time, and is not stored: its platform must not hear that it was taken."""


@dataclass(frozen=True, slots=True)
class PromptTurns:
    """`store_s` is how many seconds a platform waits for a late turn to be stored."""

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
        """Return what `work` gives, raising what it raises. Where it is late, store the turn and return None.

        `afterwards` gets late work, and the stored turn is deleted in the end. A `turn` of None cannot be stored.
        Raises TurnNotStored where the work is late and not stored; it goes on all the same.
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
        """Hold the stored turn until it is answered, then delete it. What fails stays stored, and is taken up."""
        answered = self.under_way.hold(late)
        while not (await asyncio.wait({answered}, timeout=self.renew_s))[0]:
            if claim := _claim(stored):
                await self._extend(claim)
        answered.result()
        await self._delete(stored)

    async def _extend(self, claim: ClaimedTurn) -> None:
        try:
            await extend_acknowledged_turn(self.bot, claim)
        except (SQLAlchemyError, OSError) as error:  # the next one may come in time
            log.warning("a turn was not held", extra={"action": "hold_failed", "error": type(error).__name__})

    async def _delete(self, stored: StoredTurn) -> None:
        await asyncio.wait({stored})
        if claim := _claim(stored):
            await finish_acknowledged_turn(self.bot, claim)


def _claim(stored: StoredTurn) -> ClaimedTurn | None:
    """What is stored and ours."""
    return stored.result() if stored.done() and not stored.exception() else None
