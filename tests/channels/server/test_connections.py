"""Who connects and says nothing is shown the door; who breaks off in the middle leaves no trace in the log."""

import asyncio
import gzip
import logging
import re
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from channels.server.bodies import read_body
from channels.server.connections import ConnectionLimits
from channels.server.logs import BadRequestFilter
from channels.server.serving import listen
from tests.conftest import Clock
from tests.journeys.wire.world import World, running
from tests.waiting import PATIENCE, until

FAR = 3600.0  # seconds: a limit that the test is not about
AT_ONCE = 0.05  # seconds: a limit that the test is about


@dataclass
class Line:
    """A connection as a hostile client has it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, words: bytes) -> None:
        self.writer.write(words)

    async def status(self) -> int:
        """The status of the next answer, read to its end; 0 where we hang up instead."""
        try:
            async with asyncio.timeout(PATIENCE):
                head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
                length = re.search(r"Content-Length: (\d+)", head)
                await self.reader.readexactly(int(length[1]) if length else 0)
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0
        return int(head.split(" ", 2)[1])

    def reset(self) -> None:
        """Hang up so that the other side gets an error."""
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.close()


@pytest.fixture
async def lines() -> AsyncIterator[list[Line]]:
    """Every connection of the test, so that each is closed in the end."""
    opened: list[Line] = []
    yield opened
    for line in opened:
        line.writer.close()
        with suppress(ConnectionError):
            await line.writer.wait_closed()


async def connect(port: int, lines: list[Line]) -> Line:
    lines.append(Line(*await asyncio.open_connection("127.0.0.1", port)))
    return lines[-1]


async def reads(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await read_body(request, 100))))


@asynccontextmanager
async def listening(**limits: float) -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_post("/", reads)
    far = {"headers_s": FAR, "body_s": FAR, "keep_alive_s": FAR, "lingering_s": FAR, "connections": 3} | limits
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with listen(app, listener, ConnectionLimits(**far)):  # type: ignore[arg-type]
            yield listener.getsockname()[1]


POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"


async def test_who_says_nothing_in_time_is_closed(lines: list[Line], caplog: pytest.LogCaptureFixture) -> None:
    async with listening(headers_s=AT_ONCE, keep_alive_s=AT_ONCE, connections=100) as port:
        silent = [await connect(port, lines) for _ in range(30)]
        for line in silent[:20]:
            line.send(POST[:-20])
        assert [await line.status() for line in silent] == [0] * 30
        slow = await connect(port, lines)
        slow.send(POST + b"ok")
        assert await slow.status() == 200
        assert await slow.status() == 0
    assert [record.getMessage() for record in caplog.records] == ["connections were closed"]


async def test_a_body_that_does_not_come_is_given_up(lines: list[Line]) -> None:
    async with listening(body_s=AT_ONCE) as port:
        for begun in (b"", b"o"):
            line = await connect(port, lines)
            line.send(POST + begun)
            assert await line.status() == 408
            assert await line.status() == 0


async def test_one_too_many_takes_the_place_of_the_oldest_that_wants_nothing(
    lines: list[Line], caplog: pytest.LogCaptureFixture
) -> None:
    async with listening() as port:
        busy, idle, new = [await connect(port, lines) for _ in range(3)]
        idle.send(POST + b"ok")
        assert await idle.status() == 200
        busy.send(POST + b"o")
        another = await connect(port, lines)
        assert await new.status() == 0
        another.send(POST + b"o")
        third = await connect(port, lines)
        assert await idle.status() == 0
        third.send(POST + b"o")
        refused = await connect(port, lines)
        assert await refused.status() == 0
        for line in (busy, another, third):
            line.send(b"k")
            assert await line.status() == 200
    assert len(caplog.records) == 1


def doors(world: World) -> dict[str, list[str]]:
    """The head of a request to each of our doors."""
    web_door = [f"Origin: {world.origin}", "Content-Type: application/x-www-form-urlencoded"]
    secret = f"X-Telegram-Bot-Api-Secret-Token: {world.telegram.secret}"
    return {
        "POST /slack/events": ["Content-Type: application/json"],
        "POST /api/messages": ["Content-Type: application/json"],
        "POST /telegram/webhook": ["Content-Type: application/json", secret],
        "POST /who": web_door,
        "POST /c/general/say": web_door,
        "GET /healthz": [],
        "GET /readyz": [],
        "POST /nowhere": [],
    }


LARGE = 3 * 1024 * 1024  # bytes: more than any door takes
BROKEN = {  # header lines, and what follows them
    "less than promised": (["Content-Length: 1000"], b"hunter2"),
    "more than promised": (["Content-Length: 2"], b"hunter2 and more\r\n\r\n"),
    "no number": (["Content-Length: many"], b"hunter2"),
    "bad chunk": (["Transfer-Encoding: chunked"], b"zz\r\nhunter2\r\n"),
    "half a chunk": (["Transfer-Encoding: chunked"], b"20\r\nhunter2"),
    "bad end of chunk": (["Transfer-Encoding: chunked"], b"2\r\nhunter2\r\n0\r\n\r\n"),
    "two lengths": (["Content-Length: 7", "Transfer-Encoding: chunked"], b"7\r\nhunter2\r\n0\r\n\r\n"),
    "no gzip": (["Content-Length: 7", "Content-Encoding: gzip"], b"hunter2"),
    "half a gzip": (["Content-Length: 15", "Content-Encoding: gzip"], gzip.compress(b"hunter2" * 9)[:15]),
    "no deflate": (["Content-Length: 7", "Content-Encoding: deflate"], b"hunter2"),
    "no brotli": (["Content-Length: 7", "Content-Encoding: br"], b"hunter2"),
    "unknown encoding": (["Content-Length: 7", "Content-Encoding: hunter"], b"hunter2"),
    "a bomb": (["Content-Length: 3072", "Content-Encoding: gzip"], gzip.compress(b"x" * LARGE).ljust(3072, b"\0")),
    "too large": ([f"Content-Length: {LARGE}"], b"x" * LARGE),
    "too large in chunks": (["Transfer-Encoding: chunked"], b"%x\r\n" % LARGE + b"x" * LARGE + b"\r\n0\r\n\r\n"),
    "odd expectation": (["Content-Length: 7", "Expect: hunter2"], b"hunter2"),
    "waits for a go-ahead": (["Content-Length: 7", "Expect: 100-continue"], b""),
}


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_a_broken_upload_is_no_trace_at_any_door(
    database_url: str, database: AsyncEngine, clock: Clock, lines: list[Line], caplog: pytest.LogCaptureFixture
) -> None:
    short = BadRequestFilter(clock=lambda: 0.0)
    caplog.handler.addFilter(short)
    faults: list[str] = []
    async with running(database_url, database, clock, "en") as world:
        port = world.server.port or 0
        for door, headers in doors(world).items():
            for fault, (more, body) in BROKEN.items():
                for reset in (False, True):
                    line = await connect(port, lines)
                    head = [f"{door} HTTP/1.1", f"Host: 127.0.0.1:{port}", *headers, *more]
                    line.send("\r\n".join([*head, "", ""]).encode() + body)
                    if reset:
                        await asyncio.sleep(0)
                        line.reset()
                        continue
                    line.writer.write_eof()
                    if (status := await line.status()) >= 500:
                        faults.append(f"{door}, {fault}: {status}")
                    line.reset()
        await until(lambda: not world.server.handler or not world.server.handler.connections)
    caplog.handler.removeFilter(short)
    told = [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]
    faults += [f"{record.name}: {record.getMessage()} {record.exc_text}" for record in told]
    assert faults == []
    assert "hunter2" not in caplog.text
