"""A server that falls silent or hangs up, as networks do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Wire:
    """Carries bytes to a real server and back, as long as it is not told otherwise."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._carries = asyncio.Event()
        self._carries.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self.refuses = False
        self.port = 0

    def silence(self) -> None:
        """Take everything, answer nothing."""
        self._carries.clear()

    def cut(self) -> None:
        """Hang up, and do so with whoever calls again."""
        self.refuses = True
        for end in self._ends:
            end.close()

    def mend(self) -> None:
        """Carry again what comes from now on; what was open is over."""
        self.cut()
        self.refuses = False
        self._carries.set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.close()
            return
        there, back = await asyncio.open_connection(*self._to)
        self._ends |= {writer, back}
        await asyncio.gather(self._pipe(reader, back), self._pipe(there, writer))

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while read := await reader.read(65536):
                await self._carries.wait()
                writer.write(read)
                await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()


Trouble = Callable[[Wire], None]


@asynccontextmanager
async def wire(host: str, port: int) -> AsyncIterator[Wire]:
    """A Wire to `host` and `port`, listening at its own `port` on this machine."""
    laid = Wire(host, port)
    server = await asyncio.start_server(laid.carry, "127.0.0.1", 0)
    laid.port = server.sockets[0].getsockname()[1]
    try:
        yield laid
    finally:
        laid.mend()
        server.close()
