"""`/healthz` and `/readyz`: what they say, and to whom."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from redis.asyncio import Redis
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from channels.server.health import Health
from channels.server.probes import probe_database, probe_redis, probe_relay
from engine.db.connection import build_engine, build_read_sessions, build_sessions
from engine.migrations import upgrade_schema
from tests import databases, services, silence
from tests.conftest import Clock
from tests.time_limits import NEAR_S


class Part:
    """A part of the whole, well or not. It counts how often it was asked."""

    def __init__(self, trouble: str | None = None, *, raises: Exception | None = None, hangs: bool = False) -> None:
        self.trouble = trouble
        self.raises = raises
        self.hangs = hangs
        self.asked = 0

    async def __call__(self) -> str | None:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.raises:
            raise self.raises
        return self.trouble


async def ask(health: Health, path: str = "/readyz", token: str = "") -> tuple[int, dict[str, object]]:
    app = web.Application()
    health.routes(app)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get(path, headers={"Authorization": f"Bearer {token}"})
        return answer.status, await answer.json()


def relay_on(engine: AsyncEngine) -> Relay:
    clock = Clock()
    return Relay(build_sessions(engine), build_read_sessions(engine), {}, clock, Random(1), MemoryRateLimiter(clock))


async def test_alive_whatever_the_parts_say() -> None:
    health = Health({"database": Part("no answer")}, {}, None)
    assert await ask(health, "/healthz") == (200, {"status": "ok"})


async def test_ready_when_every_part_is_well() -> None:
    health = Health({"database": Part()}, {"slack": Part()}, None)
    assert await ask(health) == (200, {"status": "ready", "parts": {"database": "ok", "slack": "ok"}})


async def test_a_channel_in_trouble_degrades_but_serves() -> None:
    status, told = await ask(Health({"database": Part()}, {"slack": Part("token revoked")}, None))
    assert (status, told["status"]) == (200, "degraded")


async def test_a_note_is_told_and_degrades_nothing() -> None:
    notes = {"slack": lambda: "grant a scope", "teams": lambda: None}
    told = {"status": "ready", "parts": {"database": "ok"}, "notes": {"slack": "grant a scope"}}
    assert await ask(Health({"database": Part()}, {}, None, notes=notes)) == (200, told)
    assert await ask(Health({"database": Part()}, {}, "secret", notes=notes)) == (200, {"status": "ready"})


async def test_without_its_database_it_is_unready() -> None:
    status, told = await ask(Health({"database": Part("no answer")}, {}, None))
    assert (status, told["status"]) == (503, "unready")


async def test_the_parts_are_named_only_to_who_brings_the_token() -> None:
    for given, wanted, named in (("", "secret", False), ("wrong", "secret", False), ("secret", "secret", True)):
        _, told = await ask(Health({"database": Part()}, {}, wanted), token=given)
        assert ("parts" in told) is named
    assert await ask(Health({"database": Part()}, {}, "")) == (200, {"status": "ready"})


@pytest.mark.parametrize("given", [b"\xff", b"secret\xff", "sécret".encode(), b""])
async def test_bytes_that_are_no_words_are_no_token(given: bytes) -> None:
    app = web.Application()
    Health({"database": Part()}, {}, "secret").routes(app)
    async with TestServer(app) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + given)
        writer.write(b"\r\n\r\n")
        answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b'{"status": "ready"}')


async def test_who_leaves_says_so() -> None:
    health = Health({"database": Part()}, {}, None)
    health.stopping = True
    status, told = await ask(health)
    assert (status, told["status"]) == (503, "stopping")


async def test_a_probe_that_fails_is_a_part_in_trouble() -> None:
    vital, other = Part(raises=ConnectionResetError("host=db password=hunter2")), Part(raises=KeyError("x"))
    status, told = await ask(Health({"database": vital}, {"relay": other}, None))
    assert status == 503
    assert told["parts"] == {"database": "no answer (ConnectionResetError)", "relay": "no answer (KeyError)"}
    assert (await ask(Health({"database": Part()}, {"relay": other}, None)))[0] == 200


async def test_the_slow_are_not_waited_for_nor_asked_once_more() -> None:
    parts = [Part(hangs=True) for _ in range(12)]
    health = Health({"database": parts[0]}, {f"other-{n}": part for n, part in enumerate(parts[1:])}, None, NEAR_S)
    app = web.Application()
    health.routes(app)
    async with TestClient(TestServer(app)) as client:
        answers = await asyncio.gather(*(client.get("/readyz") for _ in range(5)))
        assert {answer.status for answer in answers} == {503}
    assert [part.asked for part in parts] == [1] * 12


async def test_another_process_that_writes_to_sqlite_troubles_nobody(tmp_path: Path) -> None:
    engine = build_engine(f"sqlite+aiosqlite:///{tmp_path}/held.db")
    await upgrade_schema(engine)
    health = Health({"database": probe_database(engine)}, {"relay": probe_relay(relay_on(engine))}, None)
    with closing(sqlite3.connect(tmp_path / "held.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await ask(health) == (200, {"status": "ready", "parts": {"database": "ok", "relay": "ok"}})
    await engine.dispose()


@pytest.mark.parametrize("how", [silence.Wire.cut, silence.Wire.silence])
async def test_a_database_that_is_gone_is_told_soon_and_noticed_when_it_is_back(how: silence.Trouble) -> None:
    async with databases.fresh_postgres("health") as url:
        real = make_url(url)
        async with silence.wire(real.host or "", real.port or 5432) as wire:
            engine = build_engine(real.set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False))
            await upgrade_schema(engine)
            health = Health({"database": probe_database(engine)}, {"relay": probe_relay(relay_on(engine))}, None)
            assert (await ask(health))[0] == 200
            how(wire)
            for _ in range(3):
                status, told = await ask(health)
                assert (status, told["status"]) == (503, "unready")
                assert str(told["parts"]).count("no answer") == 2
            wire.mend()
            assert await _is_well(health)
            await engine.dispose()


@pytest.mark.parametrize("how", [silence.Wire.cut, silence.Wire.silence])
async def test_redis_that_is_gone_degrades_and_is_told_soon(how: silence.Trouble) -> None:
    services.need("redis")
    real = make_url(services.REDIS)
    async with silence.wire(real.host or "", real.port or 6379) as wire:
        client = Redis.from_url(real.set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False))
        health = Health({"database": Part()}, {"redis": probe_redis(client)}, None)
        assert (await ask(health))[1]["status"] == "ready"
        how(wire)
        status, told = await ask(health)
        assert (status, told["status"]) == (200, "degraded")
        wire.mend()
        assert await _is_well(health)
        await client.aclose()


async def _is_well(health: Health) -> bool:
    """Asked again and again, as a load balancer does."""
    for _ in range(300):
        if (await ask(health))[1]["status"] == "ready":
            return True
        await asyncio.sleep(0.1)
    return False
