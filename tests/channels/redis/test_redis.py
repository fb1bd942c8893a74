"""A Redis that falls silent is an error soon: somebody waits for an answer."""

import asyncio

import pytest
from redis.exceptions import TimeoutError as RedisTimeoutError

from channels.redis import connect_redis
from tests.time_limits import NEAR_S


async def test_a_silent_server_is_an_error() -> None:
    over = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    client = connect_redis(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0", NEAR_S)
    with pytest.raises(RedisTimeoutError):
        await client.get("anything")
    over.set()
    await client.aclose()
    server.close()
    await server.wait_closed()
