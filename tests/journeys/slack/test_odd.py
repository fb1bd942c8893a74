"""Odd values in signed requests, and bodies that are not what their header says: refused, never a fault of ours."""

import gzip
import json
import logging
import time
import zlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from engine.db.connection import SessionFactory
from tests import people
from tests.conftest import Clock
from tests.platforms import slack_requests as requests
from tests.platforms.slack_bot import SlackBot, slack_bot
from tests.tables import each_row

ODD_IDS = ["T\0", "T\ud800", "T" * 256, "T\n1"]
LEGACY = [
    "interactive_message",
    "workflow_step_edit",
    "dialog_submission",
    "dialog_cancellation",
    "dialog_suggestion",
    "block_suggestion",
    "message_action",
    "shortcut",
    "view_closed",
    "something_new",
]


@pytest.fixture
def backend() -> str:
    """PostgreSQL minds what SQLite keeps."""
    return "postgres"


@pytest.fixture
async def corp(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[SlackBot]:
    async with writing.begin() as session:
        await people.add(session, "Ana López")
        await people.add(session, "Bob Ray")
    async with slack_bot(writing, reading, clock) as bot:
        yield bot
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


def deflated(body: bytes) -> bytes:
    return zlib.compress(body)


@each_row("encoding", ["gzip", "deflate"])
@each_row("signed", [False, True])
async def test_a_body_that_is_not_compressed_as_it_says(corp: SlackBot, encoding: str, signed: bool) -> None:
    body = requests.command("/kudos", "thanks", user="UANA")
    headers = (requests.signed(body) if signed else {}) | {"Content-Encoding": encoding}
    response = await corp.http.post("/slack/events", data=body.encode(), headers=headers)
    assert response.status == 400
    assert corp.thanks.given == []


@each_row(("encoding", "packed"), [("gzip", gzip.compress), ("deflate", deflated)])
async def test_a_body_that_grows_is_refused(corp: SlackBot, encoding: str, packed: Any) -> None:
    bomb = packed(b"x" * (64 * 1024 * 1024))
    response = await corp.http.post("/slack/events", data=bomb, headers={"Content-Encoding": encoding})
    assert response.status == 413


async def test_the_signature_is_over_what_is_read(corp: SlackBot) -> None:
    packed = gzip.compress(requests.command("/kudos", "thanks", user="UANA").encode())
    stamp = {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": "v0=0"}
    response = await corp.http.post("/slack/events", data=packed, headers=stamp | {"Content-Encoding": "gzip"})
    assert response.status == 401


@each_row("odd", ODD_IDS)
@each_row("field", ["ts", "channel", "thread_ts", "text", "team_id"])
async def test_an_event_with_an_odd_field(corp: SlackBot, field: str, odd: str) -> None:
    spoken = requests.message("kudos thanks", user="UANA")
    sent = requests.event(spoken, team_id=odd) if field == "team_id" else requests.event(spoken | {field: odd})
    keeps = field == "text" and odd in ("T" * 256, "T\n1")
    assert (await corp.sends(sent)).status == (200 if keeps else 400)
    assert corp.thanks.given == []


@each_row("odd", ["T\0", "T" * 256])
@each_row("field", ["team_id", "channel_id", "trigger_id", "user_id", "channel_name", "text"])
async def test_a_command_with_an_odd_field(corp: SlackBot, field: str, odd: str) -> None:
    body = requests.command("/points", "", user="UANA").replace(f"{field}=", f"unused_{field}=")
    keeps = field in ("channel_name", "text") and "\0" not in odd
    answered = await corp.sends(f"{body}&{field}={odd}".replace("\0", "%00"))
    assert answered.status == (200 if keeps else 400)


@each_row("kind", LEGACY)
async def test_what_we_never_asked_for_is_counted_or_refused(corp: SlackBot, kind: str) -> None:
    for more in ({}, {"actions": [{"name": "a", "value": "b"}]}, {"callback_id": "x"}, {"view": {"type": "modal"}}):
        payload = {"type": kind, "user": {"id": "UANA"}, "team": {"id": "T01CORP"}} | more
        assert (await corp.sends(requests.interaction(payload))).status in (200, 400)
    assert corp.channel.unknown[kind]


@each_row("kind", ["workflow_step_execute", "function_executed", "something_new"])
async def test_an_event_that_we_never_asked_for_is_counted(corp: SlackBot, kind: str) -> None:
    await corp.says(requests.event({"type": kind}))
    assert corp.channel.unknown[kind] == 1


async def test_a_command_of_two_kinds_is_no_command(corp: SlackBot) -> None:
    assert await corp.says(requests.command("/kudos", "thanks", user="UANA", type="interactive_message")) == {}
    assert corp.thanks.given == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("words", {"value": {"a": [1]}}),
        ("words", {"value": 5}),
        ("words", {"value": True}),
        ("words", {"value": ["a"]}),
        ("words", {"value": "a\0b"}),
        ("words", {"value": "a\ud800b"}),
        ("words", {"type": "rich_text_input", "rich_text_value": {}}),
        ("words", {"type": 5, "value": "x"}),
        ("who", {"selected_users": "UBOB"}),
        ("who", {"selected_users": {"UBOB": 1}}),
        ("who", {"selected_users": [{"a": 1}]}),
        ("who", {"selected_users": [5]}),
        ("who", {"selected_users": ["UBOB" * 33]}),
        ("who", {"type": "users_select", "selected_user": ["UBOB"]}),
        ("who", {"type": "static_select", "selected_option": "UBOB"}),
        ("who", {"type": "static_select", "selected_option": {"value": 5}}),
        ("who", {"type": "checkboxes", "selected_options": {"value": "x"}}),
        ("who", {"type": "checkboxes", "selected_options": ["x"]}),
        ("who", {"type": "datepicker", "selected_date": 5}),
    ],
)
async def test_an_answer_of_the_wrong_type_is_refused(corp: SlackBot, field: str, value: dict[str, Any]) -> None:
    await corp.says(requests.command("/kudos", "", user="UANA"))
    (view,) = corp.slack.views.values()
    done = {"words": {"value": "thanks"}, "who": {"selected_users": ["UBOB"]}} | {field: value}
    assert (await corp.sends(requests.submission(view, done, user="UANA"))).status == 400
    assert corp.thanks.given == []


async def test_an_answer_that_is_no_input_is_refused(corp: SlackBot) -> None:
    await corp.says(requests.command("/kudos", "", user="UANA"))
    (view,) = corp.slack.views.values()
    sent = json.loads(parse_qs(requests.submission(view, {}, user="UANA"))["payload"][0])
    sent["view"]["state"]["values"]["words"]["words"] = "thanks"
    assert (await corp.sends(requests.interaction(sent))).status == 400
