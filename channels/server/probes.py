"""What `/readyz` asks each part."""

from typing import Protocol

from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.delivery.relay import Relay
from channels.server.health import Probe


class Troubled(Protocol):
    """A channel, as far as its health goes."""

    def trouble(self) -> str | None: ...


def database(engine: AsyncEngine) -> Probe:
    """It reads only: a long import holds the writer's lock of SQLite, and nothing is wrong then."""
    reading = engine.execution_options(laurel_reads=True)

    async def probe() -> str | None:
        async with reading.connect() as connection:
            await connection.execute(text("SELECT 1"))
        return None

    return probe


def redis(client: Redis) -> Probe:
    async def probe() -> str | None:
        await client.ping()
        return None

    return probe


def channel(troubled: Troubled) -> Probe:
    async def probe() -> str | None:
        return troubled.trouble()

    return probe


def relay(sender: Relay) -> Probe:
    return sender.trouble
