"""Where a fake platform keeps calls waiting until a test lets them go: no span of time is involved."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Gate:
    _held: set[str] = field(default_factory=set)
    _event: asyncio.Event = field(default_factory=asyncio.Event)
    _opened: bool = False

    def hold(self, *methods: str) -> None:
        """Keep every later call of these methods waiting."""
        self._held.update(methods)

    def let_go(self) -> None:
        """Let all go on that wait, and hold nothing any more."""
        self._held.clear()
        self._event.set()
        self._event = asyncio.Event()

    def end(self) -> None:
        """Let all go on, now and later."""
        self._opened = True
        self.let_go()

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Whatever waits or comes goes on meanwhile: a bot that stops waits for nobody."""
        self.end()
        yield
        self._opened = False

    async def passed(self, method: str, *, hangs: bool = False) -> None:
        """Wait where calls of that method are held, or where this one hangs."""
        if not self._opened and (hangs or method in self._held):
            await self._event.wait()
