"""Answers with a deadline: work that takes longer goes on in the background."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(slots=True)
class BackgroundTasks:
    """Holds every task until it ends.

    Work that takes longer than `prompt` seconds is answered afterwards. At shutdown, late answers get `last_words`
    seconds.
    """

    prompt: float
    last_words: float
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def run_promptly(
        self, work: Coroutine[Any, Any, T], afterwards: Callable[[Awaitable[T]], Coroutine[Any, Any, None]]
    ) -> T | None:
        """Return what `work` returns, and raise what it raises.

        If it takes longer than `prompt` seconds, return None and pass it to `afterwards`. The work goes on even if the
        request is cancelled.
        """
        task = self.hold(work)
        done, _ = await asyncio.wait({task}, timeout=self.prompt)
        if done:
            return task.result()
        self.run_in_background(afterwards(task))
        return None

    def run_in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run the work while no caller waits for it. Log what it raises."""
        self.hold(_logged(work))

    async def finish(self) -> None:
        """Wait up to `last_words` seconds for all tasks, then cancel the rest."""
        try:
            async with asyncio.timeout(self.last_words):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        except TimeoutError:
            log.warning("answers were broken off", extra={"action": "answers_broken_off", "count": len(self._tasks)})
            for task in self._tasks:
                task.cancel()

    def hold(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start the work and return its task, which is held until it ends."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def wait_until_done(work: Awaitable[object]) -> None:
    """Await work that needs no further step."""
    await work


async def _logged(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception:  # the edge: no caller awaits this task
        log.exception("a late answer failed", extra={"action": "late_answer_failed"})
