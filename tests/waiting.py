"""What must happen is waited for, long enough for the busiest machine: who waits goes on as soon as it is so."""

import asyncio
from collections.abc import Callable

PATIENCE = 300.0  # seconds until it is not going to happen any more


async def until(true: Callable[[], object], every: float = 0.02) -> None:
    """Wait until it is so; looks again after `every` so many seconds. Raises TimeoutError where it never is."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - what is awaited has no event of its own
            await asyncio.sleep(every)
