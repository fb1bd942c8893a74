"""A stage for one journey: a Laurel of its own, with a hand on each channel."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from channels.server.time_limits import TimeLimits
from tests.conftest import Clock
from tests.journeys.wire.slack import SlackHand
from tests.journeys.wire.table import Stage
from tests.journeys.wire.teams import TeamsHand
from tests.journeys.wire.telegram import TelegramHand, link
from tests.journeys.wire.web import web_hand
from tests.journeys.wire.world import running
from tests.time_limits import FAR

CHANNELS = ("web", "slack", "teams", "telegram")


@asynccontextmanager
async def staged(
    channel: str, language: str, url: str, database: AsyncEngine, clock: Clock, times: TimeLimits = FAR
) -> AsyncIterator[Stage]:
    """People act on `channel` and read `language`; the other channel is there too."""
    async with running(url, database, clock, language, times=times) as world, web_hand(world) as web:
        hands = {"web": web, "slack": SlackHand(world), "teams": TeamsHand(world), "telegram": TelegramHand(world)}
        if channel == "telegram":
            await link(world)
        yield Stage(world, hands[channel], hands["slack" if channel == "web" else "web"])
