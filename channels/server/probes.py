"""The probes of `/readyz`, one for each part."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.delivery.relay import Relay
from channels.server.health import Probe

if TYPE_CHECKING:
    from redis.asyncio import Redis


class ProbedChannel(Protocol):
    """A channel that reports what is wrong with it, or None."""

    def trouble(self) -> str | None: ...


@runtime_checkable
class NotingChannel(Protocol):
    """A working channel that may have a hint for its operator."""

    def note(self) -> str | None: ...


def probe_database(engine: AsyncEngine) -> Probe:
    """Probe the database with a read, since a long import may hold SQLite's write lock without any fault."""
    reading = engine.execution_options(laurel_reads=True)

    async def probe() -> str | None:
        async with reading.connect() as connection:
            await connection.execute(text("SELECT 1"))
        return None

    return probe


def probe_redis(client: "Redis") -> Probe:
    async def probe() -> str | None:
        await client.ping()
        return None

    return probe


def probe_channel(troubled: ProbedChannel) -> Probe:
    async def probe() -> str | None:
        return troubled.trouble()

    return probe


def probe_relay(sender: Relay) -> Probe:
    return sender.trouble
