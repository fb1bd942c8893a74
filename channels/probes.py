"""What `/readyz` asks each part."""

from typing import Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.relay import Relay
from channels.health import Probe


class Troubled(Protocol):
    """A channel, as far as its health goes."""

    def trouble(self) -> str | None: ...


def database(engine: AsyncEngine) -> Probe:
    async def probe() -> str | None:
        try:
            async with engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError) as error:
            return f"no answer ({type(error).__name__})"
        return None

    return probe


def redis(client: Redis) -> Probe:
    async def probe() -> str | None:
        try:
            await client.ping()
        except (RedisError, OSError) as error:
            return f"no answer ({type(error).__name__})"
        return None

    return probe


def channel(troubled: Troubled) -> Probe:
    async def probe() -> str | None:
        return troubled.trouble()

    return probe


def relay(sender: Relay) -> Probe:
    async def probe() -> str | None:
        return await sender.trouble()

    return probe
