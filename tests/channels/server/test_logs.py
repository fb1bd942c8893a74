"""Log lines carry ids and reasons, and can be read by machines."""

import json
import logging
from collections.abc import Iterator

import pytest
from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.test_utils import TestClient, TestServer

from bot.protocol.context import CURRENT_PERSON, CURRENT_TURN
from channels.server.logs import (
    LOG_REQUEST_ID,
    BadRequestFilter,
    ConsoleFormatter,
    JsonFormatter,
    LogIdFilter,
    number_request,
)


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.getLogger("laurel.test").makeRecord("laurel.test", logging.INFO, "f", 1, message, (), None)
    vars(made).update(extra)
    LogIdFilter().filter(made)
    return made


def test_a_machine_reads_turn_and_person() -> None:
    CURRENT_TURN.set("slack:123")
    CURRENT_PERSON.set(7)
    line = json.loads(JsonFormatter().format(record("sent", delivery=4)))
    assert (line["message"], line["turn"], line["person"], line["delivery"]) == ("sent", "slack:123", 7, 4)


def test_a_person_reads_one_line() -> None:
    CURRENT_TURN.set("")
    CURRENT_PERSON.set(None)
    assert ConsoleFormatter().format(record("sent", delivery=4)).endswith("laurel.test: sent delivery=4")


class Kept(logging.Handler):
    """Keeps the lines that a server would write."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, str]] = []
        self.setFormatter(JsonFormatter())
        self.addFilter(LogIdFilter())
        self.addFilter(BadRequestFilter())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler, root = Kept(), logging.getLogger()
    before = root.level
    root.setLevel(logging.WARNING)  # whoever started a server before us may have left it talkative
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


async def fails(_request: web.Request) -> web.Response:
    logging.getLogger("laurel.test").warning("it goes wrong")
    raise KeyError("bug")


async def reads(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


def server() -> TestServer:
    app = web.Application(middlewares=[number_request])
    app.router.add_get("/c/{slug}", fails)
    app.router.add_post("/read", reads)
    return TestServer(app)


async def test_the_lines_of_one_request_are_found_by_its_number(kept: Kept) -> None:
    LOG_REQUEST_ID.set("")
    async with TestClient(server()) as client:
        for _ in range(2):
            assert (await client.get("/c/a-private-matter")).status == 500
    said, trace, said_again, _ = kept.lines
    assert said["request"] == trace["request"] != said_again["request"]
    assert said["request"].endswith(" GET /c/{slug}")
    assert (trace["level"], "KeyError" in trace["trace"]) == ("error", True)
    assert "a-private-matter" not in str(kept.lines)


async def test_a_body_that_cannot_be_read_is_one_short_line(kept: Kept) -> None:
    async with TestClient(server()) as client:
        await client.post("/read", data=b"hunter2", headers={"Content-Encoding": "gzip"})
    assert kept.lines
    for line in kept.lines:
        assert line["message"].startswith("a request that is no proper HTTP was refused")
        assert "trace" not in line
    assert "hunter2" not in str(kept.lines)


def test_of_each_kind_of_bad_request_there_is_one_line_a_minute_with_its_count() -> None:
    now = [0.0]
    bad, told = BadRequestFilter(clock=lambda: now[0]), []
    for at, fault in (
        (0, web.RequestPayloadError("hunter2")),
        *((at, LineTooLong(b"hunter2", 7)) for at in (1, 2, 59, 62)),
    ):
        now[0] = at
        record = logging.LogRecord("aiohttp.server", logging.ERROR, "f", 1, "no", (), (type(fault), fault, None))  # type: ignore[arg-type]
        if bad.filter(record):
            told.append((at, record.args, getattr(record, "times", 1)))
    assert told == [(0, ("RequestPayloadError",), 1), (1, ("LineTooLong",), 1), (62, ("LineTooLong",), 3)]
