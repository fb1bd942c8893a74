"""The edge of the web chat: whatever fails or is not there is told in the reader's words, and nothing typed is lost."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.protocol.context import CURRENT_PERSON, CURRENT_TURN
from channels.server.health import Health
from channels.server.icons import Icons
from channels.web import middleware
from channels.web.adapter import Web
from channels.web.security import list_loopback_hosts
from engine.people.models import Person
from tests.journeys.web.world import Browser, World
from tests.ports import Port
from tests.tables import each_row

SPANISH = {"Accept-Language": "es"}
OWN = "mis palabras & <algo> más"


@pytest.fixture
def down(database: AsyncEngine) -> Iterator[list[Exception]]:
    """While an error stands in the list, every statement fails with it."""
    errors: list[Exception] = []

    def fails(*call: Any) -> None:
        if errors:
            raise errors[0]

    event.listen(database.sync_engine, "before_cursor_execute", fails)
    yield errors
    event.remove(database.sync_engine, "before_cursor_execute", fails)


def failures(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (ConnectionRefusedError("no database"), 503, "Laurel no puede acceder a sus datos"),
        (TimeoutError(), 503, "Laurel no puede acceder a sus datos"),
        (ZeroDivisionError("a bug"), 500, "Algo ha fallado por nuestra parte"),
    ],
)
async def test_a_failure_is_told_in_the_readers_language(
    chat: World, down: list[Exception], caplog: pytest.LogCaptureFixture, error: Exception, status: int, words: str
) -> None:
    async with chat.browser(**SPANISH) as browser:
        await browser.get("/who")
        down.append(error)
        for path in ("/c/general", "/c/nope", "/who", "/"):
            caplog.clear()
            assert (await browser.get(path)).status == status
            assert words in browser.text
            assert 'lang="es"' in browser.page
            assert 'href="/"' in browser.page
            [record] = failures(caplog)
            assert record.exc_info
        told = await browser.get("/people?q=a", **{"X-Laurel": "1"})
        assert (told.status, (await told.text()).startswith(words)) == (status, True)


async def test_what_was_typed_outlives_a_failure(
    ana: Browser, chat: World, down: list[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    await ana.post("/language", {"language": "es"})
    fields = {"text": OWN, "csrf": ana.token, "nonce": "nonce-of-this-page"}
    down.append(OSError("no database"))
    assert (await ana.post("/c/general/say", fields)).status == 503
    assert f">\n{OWN.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}</textarea>" in ana.page
    assert 'action="/c/general/say"' in ana.page
    assert ana.hidden("nonce") == "nonce-of-this-page"
    [record] = failures(caplog)
    assert OWN not in caplog.text
    assert record.exc_info
    down.clear()
    for _ in range(2):
        await ana.post("/c/general/say", fields)
    assert ana.text.count(OWN) == 1


async def test_a_turn_that_fails_is_logged_once(
    ana: Browser, down: list[Exception], caplog: pytest.LogCaptureFixture, database: AsyncEngine
) -> None:
    await ana.get("/c/general")

    def breaks(*call: Any) -> None:
        if "INTO inbox" in call[2]:
            down.append(OSError("the disk is full"))

    event.listen(database.sync_engine, "before_cursor_execute", breaks)
    answer = await ana.say("/hello my own words")
    event.remove(database.sync_engine, "before_cursor_execute", breaks)
    assert answer.status == 503
    assert "my own words" in ana.text
    assert "my own words" not in caplog.text
    assert len(failures(caplog)) == 1


class AtHand(logging.Handler):
    """Remembers which turn and which person were at hand when a line was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[tuple[str, int | None]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.ids.append((CURRENT_TURN.get(), CURRENT_PERSON.get()))


async def test_a_failure_is_logged_with_its_turn_and_person(
    ana: Browser, down: list[Exception], staff: dict[str, Person]
) -> None:
    at_hand = AtHand()
    middleware.log.addHandler(at_hand)
    down.append(OSError("no database"))
    await ana.say("hello")
    await ana.get("/who")
    middleware.log.removeHandler(at_hand)
    (turn, who), (no_turn, still) = at_hand.ids
    assert who == still == staff["Ana López"].id
    assert turn.startswith(f"web:{who}-")
    assert no_turn == ""


async def test_a_stale_page_hands_the_words_back(ana: Browser) -> None:
    answer = await ana.say(OWN, csrf="of-somebody-else")
    assert answer.status == 403
    assert OWN in ana.text
    assert 'name="csrf"' not in ana.page  # sending the same again would not help


@pytest.mark.parametrize("path", ["/nope", "/nope/", "/who/x", "/c/general/x", "/robots.txt", "/c/%ED%A0%80/"])
async def test_what_is_not_there_is_said_in_the_readers_language(chat: World, path: str) -> None:
    async with chat.browser(**SPANISH) as browser:
        answer = await browser.client.get(path, headers=SPANISH, allow_redirects=False)
        page = await answer.text()
        assert answer.status in (303, 404)
        assert answer.status == 303 or "Aquí no hay nada" in page and 'href="/"' in page
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/c/general"), ("PUT", "/who"), ("POST", "/people")])
async def test_a_wrong_method_is_told_in_words(chat: World, method: str, path: str) -> None:
    async with chat.browser() as browser:
        headers = SPANISH | {"Origin": chat.origin}
        answer = await browser.client.request(method, path, headers=headers)
        assert answer.status == 405
        assert "Eso no se puede hacer aquí" in await answer.text()
        assert "GET" in answer.headers["Allow"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        foreign = await browser.client.request(method, path, headers=headers | {"Host": "evil.example"})
        assert foreign.status == 403


@pytest.mark.parametrize("path", ["/nope", "/favicon.ico", "/who/", "/c/general/say"])
async def test_another_name_gets_nothing_at_all(chat: World, path: str) -> None:
    async with chat.browser() as browser:
        answer = await browser.get(path, Host="evil.example")
        assert (answer.status, answer.content_type) == (403, "text/plain")
        assert "Content-Security-Policy" in answer.headers


async def test_the_icon_is_ours(chat: World) -> None:
    async with chat.browser() as browser:
        answer = await browser.get("/favicon.ico")
        assert (answer.status, answer.content_type) == (200, "image/svg+xml")
        assert "<svg" in await answer.text()


async def test_other_parts_keep_their_own_doors(chat: World) -> None:
    """What another channel serves is asked for under a public name, and answers as it likes."""

    async def received(_request: web.Request) -> web.Response:
        raise web.HTTPUnauthorized(text="unsigned")

    port = Port()
    app = web.Application()
    Web(chat.bot, hosts=list_loopback_hosts("127.0.0.1", port.number)).routes(app)
    app.router.add_post("/slack/events", received)
    Health({}, {}, None).routes(app)
    async with TestClient(port.server(app)) as client:
        public = {"Host": "laurel.example.com"}
        answer = await client.post("/slack/events", headers=public)
        assert (answer.status, await answer.text()) == (401, "unsigned")
        assert (await client.get("/healthz", headers=public)).status == 200
        assert (await client.get("/slack/events", headers=public)).status == 403


@each_row("cookie", [b"laurel_session=a.1.\xff\xfe", b"laurel_session=\xff.1.x; laurel_language=\xff"])
async def test_a_cookie_of_odd_bytes_is_nobody(chat: World, cookie: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", chat.server.port)
    writer.write(b"GET /who HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % (chat.server.port or 0))
    writer.write(b"Connection: close\r\nCookie: " + cookie + b"\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200 ")


@each_row("name", ["nope", "nope.png", "..%2F..%2Frewards.json", ""])
async def test_an_icon_that_is_not_there_is_told_as_any_other_page(chat: World, name: str) -> None:
    port = Port()
    app = web.Application()
    for part in (Web(chat.bot, hosts=list_loopback_hosts("127.0.0.1", port.number)), Icons()):
        part.routes(app)
    async with TestClient(port.server(app)) as client:
        answer = await client.get(f"/icons/{name}", headers=SPANISH)
        assert (answer.status, answer.content_type) == (404, "text/html")
        assert "Aquí no hay nada" in await answer.text()
        icon = await client.get("/icons/team-player.png", headers={"Host": "laurel.example.com"})
        assert (icon.status, icon.content_type) == (200, "image/png")
