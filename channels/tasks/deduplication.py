"""One run for an event that a platform sends repeatedly.

It works within this process only; across processes the inbox decides.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import islice

MAX_REMEMBERED_RUNS = 1000


@dataclass(slots=True)
class Deduplicator:
    _answers: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def run(self, name: str, act: Callable[[], Awaitable[None]]) -> None:
        """Run `act`, or wait for its run under the same name.

        A failed run may be repeated. Raises what `act` raises.
        """
        task = self._answers.get(name)
        if task is None:
            task = self._answers[name] = asyncio.ensure_future(act())
            self._forget_oldest()
        try:
            await asyncio.shield(task)
        except BaseException:
            if task.done():
                self._answers.pop(name, None)
            raise

    def forget(self, name: str) -> None:
        """Allow another run under this name."""
        self._answers.pop(name, None)

    def _forget_oldest(self) -> None:
        # the dict is in the order of time, so that only its first entries are read
        done = (name for name, task in self._answers.items() if task.done())
        for name in list(islice(done, max(len(self._answers) - MAX_REMEMBERED_RUNS, 0))):
            del self._answers[name]
