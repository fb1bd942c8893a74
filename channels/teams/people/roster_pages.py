"""Rosters, asked for slowly: Teams allows a few calls a minute, and nobody waits for them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from bot.protocol.channel import RetryLater
from channels.teams.connector.client import Connector, Json, NotTaken
from channels.teams.people.profiles import Member, entra_id

PAGE = 200  # members of one call

PAGES = 250  # of one roster: what is longer was not read to its end

PAUSE = 12.0  # seconds before each call: Teams allows five a minute

PATIENCE = 300.0  # seconds that we wait at most where Teams asks for some

TRIES = 3

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation, and how it is asked for its roster."""

    tenant: str
    id: str
    service_url: str
    bot: str = ""


@dataclass(slots=True)
class Pages:
    """One call at a time, whoever asks. `sleep` waits for so many seconds. Both raise what the connector raises."""

    connector: Connector
    sleep: Sleep = asyncio.sleep
    _calls: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, place: Place) -> AsyncIterator[list[Member]]:
        """The roster, page by page; NotTaken where it has no end."""
        token = ""
        for _ in range(PAGES):
            page = await self._asked(partial(self.connector.members, place.service_url, place.id, PAGE, token))
            yield [member for member in page.get("members") or () if entra_id(member)]
            token = str(page.get("continuationToken") or "")
            if not token:
                return
        raise NotTaken("too many pages")

    async def one(self, place: Place, account: str) -> Member:
        return await self._asked(partial(self.connector.member, place.service_url, place.id, account))

    async def _asked(self, call: Callable[[], Awaitable[Json]]) -> Json:
        async with self._calls:
            for _ in range(TRIES - 1):
                await self.sleep(PAUSE)
                try:
                    return await call()
                except RetryLater as later:
                    await self.sleep(min(later.after, PATIENCE))
            return await call()
