"""A wire that takes its time: a TCP proxy that holds back each round trip to the database, and counts them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass
class Wire:
    """What passed. A round trip begins where a client speaks that is not waiting for an answer."""

    seconds: float  # that a round trip takes
    port: int = 0  # where a client connects
    round_trips: int = 0


@asynccontextmanager
async def slow_wire(*, to: int, seconds: float) -> AsyncIterator[Wire]:
    """Forward a port of 127.0.0.1 to 127.0.0.1:to; what the client sends arrives `seconds` later."""
    wire = Wire(seconds)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", to)
        await _Connection(wire).pump(reader, writer, up_reader, up_writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()


@dataclass
class _Connection:
    wire: Wire
    waiting: bool = False  # for an answer

    async def pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        up_reader: asyncio.StreamReader,
        up_writer: asyncio.StreamWriter,
    ) -> None:
        await asyncio.gather(self._up(reader, up_writer), self._down(up_reader, writer), return_exceptions=True)

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while chunk := await reader.read(65536):
            self.wire.round_trips += not self.waiting
            self.waiting = True
            loop.call_later(self.wire.seconds, writer.write, chunk)
        loop.call_later(self.wire.seconds, writer.close)

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            self.waiting = False
            writer.write(chunk)
        writer.close()
