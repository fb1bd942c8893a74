"""The event loop is everybody's: no request of one platform keeps the others waiting.

Counted is the processor time of the loop's thread between two of its rounds, beside that of a smaller request in the
same run: what grows faster than the request shows, however busy the machine. What waits for a server without letting
go of the loop is found by `test_isolation`: its fakes live on the same loop.
"""

import asyncio
import gc
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import thread_time
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.conftest import Clock
from tests.journeys.accounts.everywhere import Everywhere, everywhere
from tests.platforms import slack_requests, teams_requests
from tests.platforms import telegram_updates as updates

MOST = 0.5  # seconds of work without a pause: a fifth of that where the machine has nothing else to do
GROWS = 8  # times the work, for four times the mentions: more is none that grows with the request
MEBIBYTE = 1024 * 1024
MANY = {"slack": 6_000, "teams": 1_000, "telegram": 6_000}  # mentions, within what a body may have
Request = tuple[str, bytes, dict[str, str]]


@pytest.fixture
async def office(database_url: str, database: AsyncEngine, clock: Clock) -> AsyncIterator[Everywhere]:
    async with everywhere(database_url, database, clock) as opened:
        yield opened


@asynccontextmanager
async def watched() -> AsyncIterator[list[float]]:
    """The processor time of each round of the loop meanwhile, in seconds."""
    rounds: list[float] = []

    async def look() -> None:
        before = thread_time()
        while True:
            await asyncio.sleep(0)
            now = thread_time()
            rounds.append(now - before)
            before = now

    gc.collect()
    gc.disable()  # it would look through what all the tests before have left
    looking = asyncio.create_task(look())
    await asyncio.sleep(0)
    try:
        yield rounds
    finally:
        looking.cancel()
        gc.enable()


def brought(channel: str, office: Everywhere, words: str, mentions: int) -> Request:
    """The path, body and headers of a genuine request: what Ana says, with so many mentions of Bob."""
    match channel:
        case "slack":
            said = slack_requests.command("/kudos", "<@UBOB> " * mentions + words, user="UANA")
            return "/slack/events", said.encode(), slack_requests.signed(said)
        case "teams":
            return "/api/messages", *_on_teams(office.world.teams.service_url, words, mentions)
        case _:
            ana = updates.user(1001, "Ana López")
            update = updates.message("/kudos " + "[Bob](1002) " * mentions + words, ana, -1001)
            return "/telegram/webhook", json.dumps(update).encode(), updates.HEADERS | JSON


JSON = {"Content-Type": "application/json"}


def _on_teams(service_url: str, words: str, mentions: int) -> tuple[bytes, dict[str, str]]:
    said: dict[str, Any] = teams_requests.message("kudos " + "<at>Bob</at> " * mentions + words, service_url, who="ana")
    said["attachments"] = []
    bob = {"type": "mention", "text": "<at>Bob</at>", "mentioned": {"id": "29:bob", "name": "Bob"}}
    said["entities"] += [bob] * mentions
    return json.dumps(said).encode(), JSON | {"Authorization": teams_requests.bearer(service_url)}


async def sent(office: Everywhere, request: Request) -> int:
    path, body, headers = request
    async with office.world.http.post(
        f"{office.world.origin}{path}", data=io.BytesIO(body), headers=headers
    ) as response:
        return response.status


async def longest(office: Everywhere, request: Request, *statuses: int) -> float:
    """The longest that the loop worked without a pause, in seconds, until all that came of the request is done."""
    async with watched() as rounds:
        assert await sent(office, request) in statuses
        await office.world.settled()
    return max(rounds)


@pytest.mark.parametrize("channel", list(MANY))
async def test_a_body_of_a_mebibyte_holds_nobody_up(office: Everywhere, channel: str) -> None:
    await office.hands[channel].say("ana", "/laurel points")  # what is compiled once is compiled
    small = await longest(office, brought(channel, office, "thanks", 1), 200)
    large = await longest(office, brought(channel, office, "x" * MEBIBYTE, 1), 413)
    assert large < max(MOST, GROWS * small)


@pytest.mark.parametrize("channel", list(MANY))
async def test_the_fullest_message_holds_nobody_up(office: Everywhere, channel: str) -> None:
    await office.hands[channel].say("ana", "/laurel points")  # what is compiled once is compiled
    few, many = (brought(channel, office, "thanks", mentions) for mentions in (MANY[channel] // 4, MANY[channel]))
    small = await longest(office, few, 200)
    assert await longest(office, many, 200) < max(MOST, GROWS * small)
