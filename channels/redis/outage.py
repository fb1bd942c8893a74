"""Whether Redis is there: one line when it goes, one when it is back, and no waiting for it in between."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

RETRY_INTERVAL_S = 5.0  # between two looks whether Redis is back: a silent one keeps each turn waiting

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class RedisAway(Exception):
    """Redis does not answer."""


@dataclass(slots=True)
class RedisOutage:
    """Shared by all that use Redis in this process."""

    redis: Redis
    clock: Callable[[], datetime]
    _next_look: datetime | None = field(default=None, init=False)

    async def ask(self, call: Callable[[], Awaitable[Result]]) -> Result:
        """Make the call. Raises RedisAway where it fails, or where one failed a moment ago."""
        if self._next_look and self.clock() < self._next_look:
            raise RedisAway
        try:
            answer = await call()
        except (RedisError, OSError) as error:
            if self._next_look is None:
                extra = {"action": "redis_away", "error": type(error).__name__}
                log.warning("Redis does not answer: the database and this process do its work", extra=extra)
            self._next_look = self.clock() + timedelta(seconds=RETRY_INTERVAL_S)
            # the idle ones are as dead as this one, and each would be an outage of its own
            await self.redis.connection_pool.disconnect(inuse_connections=False)
            raise RedisAway from None
        if self._next_look is not None:
            log.info("Redis answers again", extra={"action": "redis_back"})
            self._next_look = None
        return answer
