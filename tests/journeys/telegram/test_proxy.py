"""Telegram behind the organisation's proxy, as the environment names it."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.telegram.transport import TelegramTransport
from tests.ports import Port
from tests.time_limits import FAR_S


@pytest.fixture
async def answering() -> AsyncIterator[TestServer]:
    """A server that says whom it was asked for, as a proxy is asked, or as the host itself."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=f"{request.host}{request.path}")

    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    async with Port().server(app) as server:
        yield server


async def called(server: str) -> str:
    calls = TelegramTransport(server, FAR_S, FAR_S)
    _, body = await calls.do_request(f"{server}/bot1:a/getMe", "POST")
    await calls.shutdown()
    return body.decode()


async def test_calls_go_through_it(answering: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", str(answering.make_url("/")))
    monkeypatch.setenv("no_proxy", "")
    assert await called("http://telegram.test") == "telegram.test/bot1:a/getMe"


async def test_a_server_that_needs_none_is_asked_itself(answering: TestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert await called(f"http://127.0.0.1:{answering.port}") == f"127.0.0.1:{answering.port}/bot1:a/getMe"
