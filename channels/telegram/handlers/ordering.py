"""What one person does is done in order: Telegram is not kept waiting, and brings the next while we do the first."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AccountQueue:
    """A queue for each account within this process, on a best-effort basis. A lock lives as long as it is in use."""

    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def run(self, account: str, act: Callable[[], Awaitable[T]]) -> T:
        """Do it after all that the account did before it; returns and raises what `act` does."""
        async with self._locks.setdefault(account, asyncio.Lock()):
            return await act()
