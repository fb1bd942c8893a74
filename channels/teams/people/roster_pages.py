"""Rosters, read slowly: Teams allows a few calls a minute, and no person waits for them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from bot.protocol.channel import RetryLater
from channels.teams.connector.client import Connector, ConnectorJson, TeamsCallFailed
from channels.teams.people.profiles import TeamsMember, get_entra_id

MEMBERS_PER_PAGE = 200  # members of one call
MAX_ROSTER_PAGES = 250  # of one roster: a longer one counts as failed
ROSTER_CALL_INTERVAL_S = 12.0  # seconds before each call: Teams allows five a minute
MAX_ROSTER_RETRY_DELAY_S = 300.0  # seconds at most, if Teams asks for a pause
MAX_ROSTER_TRIES = 3

SleepFunction = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class RosterPlace:
    """A conversation, and the server that is asked for its roster."""

    tenant: str
    id: str
    service_url: str
    bot: str = ""


@dataclass(slots=True)
class RosterPages:
    """Roster calls, one at a time for all callers. `sleep` waits for the given seconds.

    Both methods raise what the connector raises.
    """

    connector: Connector
    sleep: SleepFunction = asyncio.sleep
    _calls: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, place: RosterPlace) -> AsyncIterator[list[TeamsMember]]:
        """Yield the roster page by page. Raises TeamsCallFailed after MAX_ROSTER_PAGES pages."""
        token = ""
        for _ in range(MAX_ROSTER_PAGES):
            page = await self._asked(
                partial(self.connector.members, place.service_url, place.id, MEMBERS_PER_PAGE, token)
            )
            yield [member for member in page.get("members") or () if get_entra_id(member)]
            token = str(page.get("continuationToken") or "")
            if not token:
                return
        raise TeamsCallFailed("too many pages")

    async def one(self, place: RosterPlace, account: str) -> TeamsMember:
        return await self._asked(partial(self.connector.member, place.service_url, place.id, account))

    async def _asked(self, call: Callable[[], Awaitable[ConnectorJson]]) -> ConnectorJson:
        async with self._calls:
            for _ in range(MAX_ROSTER_TRIES - 1):
                await self.sleep(ROSTER_CALL_INTERVAL_S)
                try:
                    return await call()
                except RetryLater as later:
                    await self.sleep(min(later.after, MAX_ROSTER_RETRY_DELAY_S))
            return await call()
