"""The Teams channel behind its own route, over the fake platform, with a relay and everything that Laurel can do."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.delivery.rate_limit import MemoryRateLimiter
from bot.delivery.relay import Relay
from bot.dialogs.commands import ALL_COMMANDS
from bot.dispatch.conversation_store import TableConversationStore
from bot.dispatch.dispatcher import Bot
from channels.server.time_limits import TimeLimits
from channels.teams.adapter import TeamsAdapter
from channels.teams.config import TeamsConfig
from engine.db.connection import SessionFactory
from tests.conftest import Clock
from tests.platforms import teams_requests as requests
from tests.platforms.card_texts import of_activity
from tests.platforms.teams import APP, SECRET, TENANT, FakeTeams, alias
from tests.time_limits import FAR

Json = dict[str, Any]
KEY = b"k" * 32


@dataclass
class TeamsBot:
    """What a test drives: `sends` brings an activity with a good token, `teams` shows what came of it."""

    teams: FakeTeams
    channel: TeamsAdapter
    bot: Bot
    relay: Relay
    http: TestClient[web.Request, web.Application]

    async def sends(self, activity: Json, **headers: str) -> ClientResponse:
        """POST an activity; the response as it is."""
        token = requests.bearer(activity.get("serviceUrl", self.teams.service_url))
        return await self.http.post("/api/messages", json=activity, headers={"Authorization": token} | headers)

    async def says(self, text: str, who: str = "ana", **more: Any) -> Json:
        """A message that is taken; returns it. "{bob}" in the text is a mention."""
        names = {name: alias(name.lower()) for name in ("Bob", "Carla", "Zoe")}
        said = requests.message(text, self.teams.service_url, who=who, names=names, **more)
        response = await self.sends(said)
        assert response.status == 200, await response.text()
        return said

    async def invokes(self, name: str, value: Json, who: str = "ana", **more: Any) -> Json:
        """The answer to an invoke, which must be a 200; {} where it is empty."""
        response = await self.sends(requests.invoke(name, value, self.teams.service_url, who=who, **more))
        text = await response.text()
        assert response.status == 200, (response.status, text)
        return dict(await response.json()) if text else {}

    async def presses(self, action: Json, who: str, said: str, at: str) -> Json:
        """A button of the message `said` in the conversation `at` ("" for the chat of two) is pressed."""
        activity = requests.execute(action, self.teams.service_url, who=who, at=at, replyToId=said)
        response = await self.sends(activity)
        assert response.status == 200
        return dict(await response.json())

    def words(self, place: str) -> list[str]:
        """What each message of the place says now."""
        return ["\n".join(of_activity(said)) for said in self.teams.posted(place)]

    def alone(self, who: str) -> list[str]:
        """What we said to that person alone."""
        return self.words(f"a:{alias(who)}")


@asynccontextmanager
async def teams_bot(
    writing: SessionFactory,
    reading: SessionFactory,
    clock: Clock,
    teams: FakeTeams,
    times: TimeLimits = FAR,
    **account: Any,
) -> AsyncIterator[TeamsBot]:
    """One process of Laurel; `account` changes the registration."""
    bot = Bot(writing, reading, TableConversationStore(writing, reading, clock), ALL_COMMANDS, clock, KEY)
    known = {"app_id": APP, "secret": SECRET, "tenants": frozenset({TENANT}), "api_url": teams.url}
    channel = TeamsAdapter(bot, TeamsConfig(**known | account), times=times)
    relay = Relay(writing, reading, {"teams": channel}, clock, random.Random(1), MemoryRateLimiter(clock), KEY)
    app = web.Application()
    channel.routes(app)
    await channel.start()
    async with TestClient(TestServer(app)) as http:
        yield TeamsBot(teams, channel, bot, relay, http)
    with teams.gate.opened():
        await channel.stop()
