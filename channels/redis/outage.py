"""Outages of Redis: logged once at the start and once at the end, without waiting for Redis in between."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

RETRY_INTERVAL_S = 5.0  # between two calls during an outage: a silent server delays each turn

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class RedisAway(Exception):
    """Redis does not answer."""


@dataclass(slots=True)
class RedisOutage:
    """The state of the connection, shared by all users of Redis in this process."""

    redis: Redis
    clock: Callable[[], datetime]
    _next_look: datetime | None = field(default=None, init=False)

    async def ask(self, call: Callable[[], Awaitable[Result]]) -> Result:
        """Make the call. Raises RedisAway if it fails, or if another failed less than RETRY_INTERVAL_S seconds ago."""
        if self._next_look and self.clock() < self._next_look:
            raise RedisAway
        try:
            answer = await call()
        except (RedisError, OSError) as error:
            if self._next_look is None:
                extra = {"action": "redis_away", "error": type(error).__name__}
                log.warning("Redis does not answer: the database and this process do its work", extra=extra)
            self._next_look = self.clock() + timedelta(seconds=RETRY_INTERVAL_S)
            # the idle connections are broken too, and each would count as another outage
            await self.redis.connection_pool.disconnect(inuse_connections=False)
            raise RedisAway from None
        if self._next_look is not None:
            log.info("Redis answers again", extra={"action": "redis_back"})
            self._next_look = None
        return answer
