"""Work that a platform waits for: its time is kept, and what takes longer goes on behind it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(slots=True)
class BackgroundTasks:
    """Everything that was begun is held here until it is done.

    What takes longer than `prompt` seconds is answered afterwards; at the end late answers get `last_words` seconds.
    """

    prompt: float
    last_words: float
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def run_promptly(
        self, work: Coroutine[Any, Any, T], afterwards: Callable[[Awaitable[T]], Coroutine[Any, Any, None]]
    ) -> T | None:
        """What `work` gives, raising what it raises. Where it takes longer than `prompt`, None: `afterwards` gets it.

        Nothing of the work is broken off, whatever happens to the request.
        """
        task = self.hold(work)
        done, _ = await asyncio.wait({task}, timeout=self.prompt)
        if done:
            return task.result()
        self.run_in_background(afterwards(task))
        return None

    def run_in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it while nobody waits. What it raises is logged."""
        self.hold(_logged(work))

    async def finish(self) -> None:
        """Wait for all of it, as long as it may take; then break off what is left."""
        try:
            async with asyncio.timeout(self.last_words):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        except TimeoutError:
            log.warning("answers were broken off", extra={"action": "answers_broken_off", "count": len(self._tasks)})
            for task in self._tasks:
                task.cancel()

    def hold(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin the work; whoever holds the task waits for it, or does not."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def wait_until_done(work: Awaitable[object]) -> None:
    """The work has done everything itself."""
    await work


async def _logged(work: Awaitable[None]) -> None:
    try:
        await work
    except Exception:  # the edge: nobody else waits for this task
        log.exception("a late answer failed", extra={"action": "late_answer_failed"})
