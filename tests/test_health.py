"""`/healthz` and `/readyz`: what they say, and to whom."""

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from channels.health import Health


class Part:
    """A part of the whole, well or not."""

    def __init__(self, trouble: str | None = None) -> None:
        self.trouble = trouble

    async def __call__(self) -> str | None:
        return self.trouble


async def ask(health: Health, path: str = "/readyz", token: str = "") -> tuple[int, dict[str, object]]:
    app = web.Application()
    health.routes(app)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get(path, headers={"Authorization": f"Bearer {token}"})
        return answer.status, await answer.json()


async def test_alive_whatever_the_parts_say() -> None:
    health = Health({"database": Part("no answer")}, {}, None)
    assert await ask(health, "/healthz") == (200, {"status": "ok"})


async def test_ready_when_every_part_is_well() -> None:
    health = Health({"database": Part()}, {"slack": Part()}, None)
    assert await ask(health) == (200, {"status": "ready", "parts": {"database": "ok", "slack": "ok"}})


async def test_a_channel_in_trouble_degrades_but_serves() -> None:
    status, told = await ask(Health({"database": Part()}, {"slack": Part("token revoked")}, None))
    assert (status, told["status"]) == (200, "degraded")


async def test_without_its_database_it_is_unready() -> None:
    status, told = await ask(Health({"database": Part("no answer")}, {}, None))
    assert (status, told["status"]) == (503, "unready")


async def test_the_parts_are_named_only_to_who_brings_the_token() -> None:
    for given, wanted, named in (("", "secret", False), ("wrong", "secret", False), ("secret", "secret", True)):
        _, told = await ask(Health({"database": Part()}, {}, wanted), token=given)
        assert ("parts" in told) is named
    assert await ask(Health({"database": Part()}, {}, "")) == (200, {"status": "ready"})
