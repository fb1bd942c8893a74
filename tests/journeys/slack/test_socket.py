"""Socket Mode: the same requests through a connection of our own."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from itertools import count
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import pytest

from engine.db.connection import SessionFactory
from tests import people
from tests.conftest import Clock
from tests.platforms import slack_requests as requests
from tests.platforms.slack import APP_TOKEN, Failure
from tests.platforms.slack_bot import Json, SlackBot, slack_bot
from tests.waiting import until

_numbers = count(1)


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def staffed(writing: SessionFactory) -> None:
    async with writing.begin() as session:
        await people.add(session, "Ana López")
        await people.add(session, "Bob Ray")


@pytest.fixture
async def corp(
    staffed: None, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> AsyncIterator[SlackBot]:
    async with slack_bot(writing, reading, clock, secret="", app_token=APP_TOKEN) as bot:
        await until(lambda: bot.slack.sockets)
        yield bot


def payload(body: str) -> Json:
    """What HTTP has in its body."""
    if body.startswith("{"):
        return dict(json.loads(body))
    form = parse_qs(body)
    return dict(json.loads(form["payload"][0])) if "payload" in form else dict(parse_qsl(body, keep_blank_values=True))


async def send(corp: SlackBot, body: Json | str, **more: Any) -> str:
    """An envelope on the newest connection; returns its id."""
    name = f"E{next(_numbers)}"
    kind = {"type": "events_api", "accepts_response_payload": True}
    inside = payload(body) if isinstance(body, str) else body
    await corp.slack.sockets[-1].send_json(kind | {"envelope_id": name, "payload": inside} | more)
    return name


async def asks(corp: SlackBot, body: str, **more: Any) -> Json:
    """What is answered to it."""
    name = await send(corp, body, **more)
    await until(lambda: name in corp.slack.answers)
    return corp.slack.answers[name]


async def test_a_command_is_answered_through_the_connection(corp: SlackBot) -> None:
    answer = await asks(corp, requests.command("/kudos", "<@UBOB|bob> thanks", user="UANA"))
    assert answer["payload"]["response_type"] == "ephemeral"
    assert len(corp.thanks.given) == 1
    assert await until_quiet(corp)


async def until_quiet(corp: SlackBot) -> bool:
    await until(lambda: corp.channel.trouble() is None)
    return True


async def test_a_form_a_press_and_a_message(corp: SlackBot) -> None:
    assert "payload" not in await asks(corp, requests.command("/kudos", "", user="UANA"))
    (view,) = corp.slack.views.values()
    no = await asks(corp, requests.submission(view, {}, user="UANA"))
    assert no["payload"]["response_action"] == "errors"
    way = corp.slack.way_back("p")
    assert "payload" not in await asks(corp, requests.press("undo.kudos-1.forged", user="UANA", way_back=way))
    assert corp.slack.responses["p"]
    await asks(corp, requests.event(requests.message("kudos <@UBOB> thanks", user="UANA")))
    assert len(corp.slack.posted("D0ANA")) == 1


async def test_nothing_comes_in_by_http(corp: SlackBot) -> None:
    assert (await corp.sends(requests.command("/kudos", "hi", user="UANA"))).status == 404


@pytest.mark.parametrize("body", [{}, [], "", None, {"type": []}, {"command": "/kudos"}, {"event": {}}])
async def test_an_odd_envelope_is_done_with(corp: SlackBot, body: Any) -> None:
    name = await send(corp, {}, payload=body)
    await until(lambda: name in corp.slack.answers)
    await corp.slack.sockets[-1].send_str("{no json")
    await until(lambda: len(corp.slack.sockets) == 2)
    assert "payload" in await asks(corp, requests.command("/kudos", "hi", user="UANA"))


async def test_what_broke_on_our_side_is_not_acknowledged_and_comes_again(corp: SlackBot) -> None:
    corp.thanks.broken = 1
    spoken = requests.event(requests.message("kudos thanks", user="UANA"))
    lost = await send(corp, spoken)
    await until(lambda: not corp.thanks.broken and not corp.channel._socket._answering)
    await asks(corp, spoken, retry_attempt=1, retry_reason="timeout")
    assert lost not in corp.slack.answers
    assert len(corp.slack.posted("D0ANA")) == 1


async def test_at_the_last_attempt_we_apologise(corp: SlackBot) -> None:
    corp.thanks.broken = 1
    await asks(corp, requests.event(requests.message("kudos thanks", user="UANA")), retry_attempt=3)
    assert "went wrong on our side" in corp.slack.posted("D0ANA")[0]["text"]


async def test_slack_renews_the_connection_and_what_is_under_way_is_answered_on_the_old_one(corp: SlackBot) -> None:
    held = corp.thanks.held = asyncio.Event()
    slow = await send(corp, requests.command("/kudos", "slow", user="UANA"))
    await until(lambda: corp.thanks.begun)
    await corp.slack.sockets[0].send_json({"type": "disconnect", "reason": "refresh_requested"})
    await until(lambda: len(corp.slack.sockets) == 2)
    assert slow not in corp.slack.answers
    assert "payload" in await asks(corp, requests.command("/laurel", "points", user="UANA"))
    assert slow not in corp.slack.answers
    held.set()
    await until(lambda: slow in corp.slack.answers)


async def test_a_broken_connection_is_opened_anew(corp: SlackBot) -> None:
    corp.slack.fail("apps.connections.open", Failure("internal_error"))
    await corp.slack.sockets[0].close()
    await until(lambda: len(corp.slack.sockets) == 2)
    await until_quiet(corp)


async def test_a_bad_token_is_a_trouble_and_nothing_more(
    staffed: None, writing: SessionFactory, reading: SessionFactory, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with slack_bot(writing, reading, clock, secret="", app_token="xapp-wrong-token") as corp:
        await until(lambda: corp.channel.trouble() == "Socket Mode: invalid_auth")
    assert "xapp-wrong-token" not in caplog.text


async def test_with_a_secret_as_well_both_ways_are_open(
    staffed: None, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with slack_bot(writing, reading, clock, app_token=APP_TOKEN) as corp:
        await until(lambda: corp.slack.sockets)
        assert "payload" in await asks(corp, requests.command("/kudos", "hi", user="UANA"))
        assert await corp.says(requests.command("/kudos", "hi", user="UANA"))


async def test_at_the_end_nothing_is_taken_in_and_what_is_under_way_is_answered(
    staffed: None, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with slack_bot(writing, reading, clock, secret="", app_token=APP_TOKEN) as corp:
        await until(lambda: corp.slack.sockets)
        held = corp.thanks.held = asyncio.Event()
        slow = await send(corp, requests.command("/kudos", "slow", user="UANA"))
        await until(lambda: corp.thanks.begun)
        stopping = asyncio.create_task(corp.channel.stop())
        await asyncio.sleep(0)
        assert slow not in corp.slack.answers
        held.set()
        await stopping
    assert slow in corp.slack.answers
    assert corp.slack.sockets[0].closed
