"""Teams may be slow or away: the other channels serve, and it comes back by itself."""

import asyncio

import pytest

from tests.journeys.wire.table import Stage
from tests.journeys.wire.thanking import TYPED
from tests.platforms.teams import Failure
from tests.platforms.teams_requests import bearer, message
from tests.waiting import until

pytestmark = pytest.mark.parametrize(
    ("backend", "channel", "language"), [("sqlite", "slack", "en"), ("sqlite", "web", "en")]
)


async def test_a_slow_key_server_stalls_nobody_else(stage: Stage) -> None:
    world = stage.world
    world.teams.fail("keys", Failure(hangs=True))
    unknown = {"Authorization": bearer(world.teams.service_url, kid="k9")}
    said = message("help", world.teams.service_url, who="ana", at="")

    async def knock() -> int:
        async with world.http.post(f"{world.origin}/api/messages", json=said, headers=unknown) as response:
            return response.status

    before = len(world.teams.called("keys"))
    knocking = asyncio.create_task(knock())
    await until(lambda: len(world.teams.called("keys")) > before)
    await stage.say("ana", TYPED)
    assert not knocking.done()
    world.teams.gate.let_go()
    assert await knocking == 503


async def test_a_connector_that_hangs_holds_up_its_own_posts_only(stage: Stage) -> None:
    world = stage.world
    world.teams.fail("send", Failure(hangs=True))
    said = message("<at>Laurel</at> help", world.teams.service_url, who="eve")
    headers = {"Authorization": bearer(world.teams.service_url)}
    waiting = asyncio.create_task(world.http.post(f"{world.origin}/api/messages", json=said, headers=headers))
    await until(lambda: world.teams.called("send"))
    await stage.say("ana", TYPED)
    assert len(await stage.celebrations()) == 1
    assert world.teams.messages == {}  # it hangs still
    world.teams.gate.let_go()
    (await waiting).release()
