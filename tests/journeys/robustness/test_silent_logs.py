"""No log line has a token, a secret, somebody's words or an e-mail address, whatever goes wrong."""

import logging
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from channels.server import logs as server_logs
from channels.server.logs import JsonFormatter
from tests.conftest import Clock
from tests.journeys.accounts.everywhere import POSTS, Everywhere, everywhere
from tests.journeys.wire.thanking import TYPED, WORDS
from tests.platforms import slack, teams, telegram
from tests.platforms import telegram_updates as updates

SECRETS = (
    *(slack.TOKEN, slack.SECRET),
    *(teams.TOKEN, teams.SECRET, "eyJ", "Bearer"),
    *(telegram.TOKEN, telegram.SECRET),
    *(WORDS, "@corp.test", "response_url", "_way_back"),
)


@pytest.fixture(params=["sqlite"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def office(database_url: str, database: AsyncEngine, clock: Clock) -> AsyncIterator[Everywhere]:
    async with everywhere(database_url, database, clock) as opened:
        yield opened


def written(records: list[logging.LogRecord]) -> str:
    """What a machine reads of them; the fakes' own lines are left out."""
    ours = [record for record in records if not record.name.startswith("aiohttp.access")]
    assert ours
    return "\n".join(map(JsonFormatter().format, ours))


def fail_all(office: Everywhere) -> None:
    """Every platform fails, and its answers quote what it was asked."""
    quoted = f"{WORDS} {teams.TOKEN} {telegram.TOKEN} bob@corp.test"
    world = office.world
    for call in ("chat.postMessage", "chat.postEphemeral", "users.info", "response_url"):
        world.slack.fail(call, slack.Failure(status=500), slack.Failure("invalid_blocks"), slack.Failure(breaks=True))
    for call in ("send", "create", "member", "keys"):
        broken = (teams.Failure(502, message=quoted), teams.Failure(400, "BadSyntax", message=quoted))
        world.teams.fail(call, *broken, teams.Failure(breaks=True))
    for words in (f"can't parse entities: {quoted}", f'button "{quoted}" is invalid', f"the URL '{quoted}' is wrong"):
        world.telegram.fail(
            "sendMessage", telegram.Failure(400, f"Bad Request: {words}"), telegram.Failure(breaks=True)
        )


async def test_whatever_goes_wrong_nothing_private_is_logged(
    office: Everywhere, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for name in server_logs.NOISY_LOGGERS:
        caplog.set_level(logging.WARNING, logger=name)  # as `logs.configure` does
    await office.subscribe()
    for channel in POSTS:
        await office.hands[channel].say("ana", TYPED)
    fail_all(office)
    await office.hands["web"].say("ana", TYPED)
    for _ in range(8):
        office.world.clock.advance(minutes=10)
        await office.knock_everywhere(TYPED)
    for channel in POSTS:
        office.mend(channel)
    office.world.clock.advance(minutes=10)
    await office.world.settled()
    said = written(caplog.records)
    assert [line for line in said.splitlines() if any(secret in line for secret in SECRETS)] == []


async def test_what_is_refused_at_the_door_is_not_logged(office: Everywhere, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    origin, http = office.world.origin, office.world.http
    body = f'{{"token": "{slack.TOKEN}", "text": "{WORDS} bob@corp.test"'
    kind = {"Content-Type": "application/json"}
    for path in ("/slack/events", "/api/messages", "/telegram/webhook"):
        for headers in ({}, {"Authorization": f"Bearer {teams.TOKEN}"}, updates.HEADERS):
            async with http.post(origin + path, data=body, headers=kind | headers) as response:
                assert response.status in (400, 401)
    said = written(caplog.records)
    assert [line for line in said.splitlines() if any(secret in line for secret in SECRETS)] == []
