"""Dialog state in Redis, where it expires by itself."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from bot.dispatch.conversation_store import (
    CONVERSATION_TTL_S,
    check_conversation_token,
    create_conversation_token,
    is_conversation_token,
)


@dataclass(frozen=True, slots=True)
class RedisConversations:
    """`stays` is the lifetime of a state in seconds."""

    redis: Redis
    random_token: Callable[[], str] = create_conversation_token
    stays: float = CONVERSATION_TTL_S

    async def open(self, state: dict[str, Any]) -> str:
        token = self.random_token()
        await self.redis.set(_key(token), json.dumps(state), px=round(self.stays * 1000))
        return token

    async def read(self, token: str) -> dict[str, Any] | None:
        stored = await self.redis.get(_key(token)) if is_conversation_token(token) else None
        return None if stored is None else dict(json.loads(stored))

    async def keep(self, token: str, state: dict[str, Any]) -> None:
        check_conversation_token(token)
        await self.redis.set(_key(token), json.dumps(state), px=round(self.stays * 1000))

    async def close(self, token: str) -> None:
        if is_conversation_token(token):
            await self.redis.delete(_key(token))


def _key(token: str) -> str:
    return f"laurel:dialog:{token}"
