"""How fast we may send: a bucket of tokens for each destination and for each channel."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

MAX_BUCKETS = 10_000  # buckets; more than that, and the full ones are forgotten


class RateLimiter(Protocol):
    """The port. Implementations: in-process (below) and Redis, shared by the replicas (`channels/redis/`)."""

    async def take(self, key: str, per_second: float, burst: int) -> float:
        """Take one token from the bucket `key`, which holds `burst` and gains `per_second` (more than 0).

        Return 0 if there was a token. Else return the seconds until there is one, and leave the bucket unchanged.
        """
        ...


@dataclass(slots=True)
class MemoryRateLimiter:
    """Buckets of one process. Of each it keeps one instant: when the bucket will be full again."""

    clock: Callable[[], datetime]
    _full_at: dict[str, float] = field(default_factory=dict)  # UTC seconds

    async def take(self, key: str, per_second: float, burst: int) -> float:
        now, interval = self.clock().timestamp(), 1 / per_second
        full_at = max(self._full_at.get(key, now), now)
        wait = full_at - now - (burst - 1) * interval
        if wait > 1e-6:  # a microsecond: what the clock resolves
            return wait
        if len(self._full_at) >= MAX_BUCKETS:
            self._full_at = {name: at for name, at in self._full_at.items() if at > now}
        self._full_at[key] = full_at + interval
        return 0.0
