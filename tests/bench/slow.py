"""A wire that takes its time: a TCP proxy that holds back each round trip to the database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def slow_wire(port: int, *, to: int, seconds: float) -> AsyncIterator[None]:
    """Forward 127.0.0.1:port to 127.0.0.1:to; what the client sends arrives `seconds` later."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", to)
        await asyncio.gather(_pump(reader, up_writer, seconds), _pump(up_reader, writer, 0.0), return_exceptions=True)

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    while chunk := await reader.read(65536):
        if seconds:
            loop.call_later(seconds, writer.write, chunk)
        else:
            writer.write(chunk)
    loop.call_later(seconds, writer.close)
