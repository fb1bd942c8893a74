"""The stores in Redis, each with a fallback for its outages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis.asyncio import Redis

from bot.delivery.rate_limit import RateLimiter
from bot.dispatch.conversation_store import (
    ConversationStore,
    check_conversation_token,
    create_conversation_token,
    is_conversation_token,
)
from channels.redis.conversation_store import RedisConversations
from channels.redis.outage import RedisAway, RedisOutage
from channels.redis.rate_limit import RedisRateLimiter

Kept = dict[str, Any]


def build_redis_stores(
    redis: Redis, table: ConversationStore, memory: RateLimiter, clock: Callable[[], datetime]
) -> tuple[ConversationStore, RateLimiter]:
    """Build the stores of dialog state and rate limits in Redis, which fall back to `table` and `memory`."""
    outage = RedisOutage(redis, clock)
    return (
        FallbackConversations(RedisConversations(redis), table, outage, clock),
        FallbackRateLimiter(RedisRateLimiter(redis), memory, outage),
    )


@dataclass(frozen=True, slots=True)
class FallbackConversations:
    """Dialog state in Redis, and in the table while Redis is away.

    Both are read and the newer state counts, because either may have missed a change.
    """

    shared: ConversationStore
    table: ConversationStore
    outage: RedisOutage
    clock: Callable[[], datetime]

    async def open(self, state: Kept) -> str:
        token = create_conversation_token()
        await self.keep(token, state)
        return token

    async def read(self, token: str) -> Kept | None:
        found = await self.table.read(token)
        try:
            shared = await self.outage.ask(lambda: self.shared.read(token))
        except RedisAway:
            shared = None
        newest = max((found, shared), key=_kept_at)
        return newest and newest.get("state", newest)

    async def keep(self, token: str, state: Kept) -> None:
        check_conversation_token(token)
        kept = {"kept_at": self.clock().timestamp(), "state": state}
        try:
            await self.outage.ask(lambda: self.shared.keep(token, kept))
        except RedisAway:
            await self.table.keep(token, kept)

    async def close(self, token: str) -> None:
        if not is_conversation_token(token):
            return
        try:
            await self.outage.ask(lambda: self.shared.close(token))
        except RedisAway:  # a newer empty state hides the one that Redis still holds
            await self.table.keep(token, {"kept_at": self.clock().timestamp(), "state": None})
        else:
            if await self.table.read(token):
                await self.table.close(token)


@dataclass(frozen=True, slots=True)
class FallbackRateLimiter:
    """Rate limits shared by all replicas in Redis; per process while Redis is away."""

    shared: RateLimiter
    own: RateLimiter
    outage: RedisOutage

    async def take(self, key: str, per_second: float, burst: int) -> float:
        try:
            return await self.outage.ask(lambda: self.shared.take(key, per_second, burst))
        except RedisAway:
            return await self.own.take(key, per_second, burst)


def _kept_at(kept: Kept | None) -> float:
    """Return when the state was stored, as a Unix time: 0 for a state without a time, -1 for None."""
    return -1.0 if kept is None else float(kept.get("kept_at", 0.0))
