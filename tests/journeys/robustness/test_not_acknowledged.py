"""Where nothing can be stored, no platform hears that anything was taken; what comes again is done once."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select

from bot.dialogs.commands import ALL_COMMANDS
from engine.db.connection import SessionFactory
from engine.kudos.models import Kudos
from tests import people
from tests.conftest import Clock
from tests.platforms import slack_requests, teams_requests, telegram_updates
from tests.platforms.slack import APP_TOKEN, BOT
from tests.platforms.slack_bot import slack_bot
from tests.platforms.teams import FakeTeams, alias
from tests.platforms.teams_bot import teams_bot
from tests.platforms.telegram_bot import GROUP, PEOPLE, link, sender, telegram_bot
from tests.time_limits import near
from tests.waiting import PATIENCE, until

SOON: dict[str, Any] = {
    "times": near(*(f"{one}_{what}_s" for one in ("slack", "teams", "telegram") for what in ("answer", "store")))
}
COMMAND = slack_requests.command("/kudos", "<@UBOB> by command", user="UANA")
MENTION = slack_requests.event(slack_requests.mention(f"<@{BOT}> kudos <@UBOB> by mention", user="UANA"))
THANK_BOB = "<at>Laurel</at> kudos <at>Bob</at>"


@pytest.fixture
def backend() -> str:
    """It has one lock, which a test can hold."""
    return "sqlite"


@pytest.fixture
async def staffed(writing: SessionFactory) -> None:
    async with writing.begin() as session:
        await people.add(session, "Ana López")
        await people.add(session, "Bob Ray")


@asynccontextmanager
async def locked(writing: SessionFactory) -> AsyncIterator[None]:
    async with writing.begin():
        yield


async def given(reading: SessionFactory, *words: str) -> None:
    """Wait for as many gifts as there are words; there are no others."""
    async with asyncio.timeout(PATIENCE):
        while len(found := await _words(reading)) < len(words):  # noqa: ASYNC110 - a row has no event
            await asyncio.sleep(0.02)
    assert found == sorted(words)


async def _words(reading: SessionFactory) -> list[str]:
    async with reading.begin() as session:
        return sorted(filter(None, await session.scalars(select(Kudos.words))))


async def test_slack_by_http(staffed: None, writing: SessionFactory, reading: SessionFactory, clock: Clock) -> None:
    async with slack_bot(writing, reading, clock, ALL_COMMANDS, **SOON) as corp:
        async with locked(writing):
            assert [(await corp.sends(body)).status for body in (COMMAND, MENTION)] == [500, 500]
        await given(reading, "by command", "by mention")
        await until(lambda: corp.slack.called("chat.postEphemeral"))
        await corp.says(MENTION, **{"X-Slack-Retry-Num": "1"})
        assert len(corp.slack.called("chat.postEphemeral")) == 1
    assert await _words(reading) == ["by command", "by mention"]


async def test_slack_by_its_socket(
    staffed: None, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with slack_bot(writing, reading, clock, ALL_COMMANDS, secret="", app_token=APP_TOKEN, **SOON) as corp:
        await until(lambda: corp.slack.sockets)
        spoken = json.loads(MENTION)
        async with locked(writing):
            await corp.slack.sockets[-1].send_json({"type": "events_api", "envelope_id": "late", "payload": spoken})
            await until(lambda: not corp.channel._socket._answering and corp.channel._under_way._tasks)
        await given(reading, "by mention")
        await until(lambda: corp.slack.called("chat.postEphemeral"))
        again = {"type": "events_api", "envelope_id": "again", "payload": spoken, "retry_attempt": 1}
        await corp.slack.sockets[-1].send_json(again)
        await until(lambda: "again" in corp.slack.answers)
        assert "late" not in corp.slack.answers
        assert len(corp.slack.called("chat.postEphemeral")) == 1


async def test_teams(teams: FakeTeams, writing: SessionFactory, reading: SessionFactory, clock: Clock) -> None:
    async with teams_bot(writing, reading, clock, teams) as chat:
        await chat.says(f"{THANK_BOB} first")  # by which everybody is known
        value = {"action": {"type": "Action.Execute", "data": {"token": "undo.kudos-1.forged"}}}
    async with teams_bot(writing, reading, clock, teams, **SOON) as chat:
        names = {"Bob": alias("bob")}
        said = teams_requests.message(f"{THANK_BOB} second", teams.service_url, who="ana", names=names)
        press = teams_requests.invoke("adaptiveCard/action", value, teams.service_url, who="ana")
        async with locked(writing):
            assert [(await chat.sends(activity)).status for activity in (said, press)] == [503, 503]
        await given(reading, "first", "second")
        told = len(chat.alone("ana"))
        assert (await chat.sends(said)).status == 200
        assert len(chat.alone("ana")) == told
    assert await _words(reading) == ["first", "second"]


async def test_telegram_by_webhook(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> None:
    await link(writing)
    thanks = f"/kudos [Bob Roe]({PEOPLE['bob'][0]}) in the group"
    spoken = telegram_updates.message(thanks, sender("ana"), GROUP)
    joined = telegram_updates.membership(GROUP, sender("ana"), "member")
    async with telegram_bot(writing, reading, clock, **SOON) as corp:
        await until(lambda: corp.channel.trouble() is None)
        async with locked(writing):
            assert [(await corp.sends(update)).status for update in (spoken, joined)] == [503, 503]
        await given(reading, "in the group")
        await until(lambda: corp.telegram.posted(PEOPLE["ana"][0]))
        assert [(await corp.sends(update)).status for update in (spoken, joined)] == [200, 200]
        assert len(corp.telegram.posted(PEOPLE["ana"][0])) == 1
    assert await _words(reading) == ["in the group"]


async def test_telegram_by_polling(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> None:
    await link(writing)
    lines = (f"/kudos [Bob Roe]({PEOPLE['bob'][0]}) no. {number}" for number in range(3))
    async with telegram_bot(writing, reading, clock, mode="polling", **SOON) as corp:
        await until(lambda: corp.channel.trouble() is None)
        async with locked(writing):
            corp.telegram.updates += [telegram_updates.message(line, sender("ana"), GROUP) for line in lines]
            first = corp.telegram.updates[0]["update_id"]
            await until(lambda: any(call.get("offset") == first for call in corp.telegram.called("getUpdates")))
            assert len(corp.telegram.updates) == 3, "Telegram still has them"
        await given(reading, "no. 0", "no. 1", "no. 2")
        await until(lambda: not corp.telegram.updates)
        assert len(corp.telegram.posted(PEOPLE["ana"][0])) == 3
