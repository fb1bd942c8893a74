"""The same event, sent again while or after it is answered: one answer. A courtesy of this process, not a promise."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import islice

MAX_REMEMBERED_RUNS = 1000  # events that are remembered


@dataclass(slots=True)
class Deduplicator:
    _answers: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def run(self, name: str, act: Callable[[], Awaitable[None]]) -> None:
        """Do it, or wait for the one who does it already. What failed may be tried again; raises what `act` raises."""
        task = self._answers.get(name)
        if task is None:
            task = self._answers[name] = asyncio.ensure_future(_ran(act))
            self._forget_oldest()
        try:
            await asyncio.shield(task)
        except BaseException:
            if task.done():
                self._answers.pop(name, None)
            raise

    def forget(self, name: str) -> None:
        """It may be done once more."""
        self._answers.pop(name, None)

    def _forget_oldest(self) -> None:
        """Of those that are done; the oldest of all stand first, so that only few are looked at."""
        done = (name for name, task in self._answers.items() if task.done())
        for name in list(islice(done, max(len(self._answers) - MAX_REMEMBERED_RUNS, 0))):
            del self._answers[name]


async def _ran(act: Callable[[], Awaitable[None]]) -> None:
    await act()
