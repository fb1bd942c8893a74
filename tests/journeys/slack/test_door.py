"""What is not Slack's, or not of its shape, is refused at the door; what we have no use for is taken quietly."""

import json
import logging
import time
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from engine.db.connection import SessionFactory
from tests import people
from tests.conftest import Clock
from tests.platforms import slack_requests as requests
from tests.platforms.slack import SECRET, Failure
from tests.platforms.slack_bot import SlackBot, slack_bot
from tests.tables import each_row
from tests.waiting import until


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """The wire is the same over every database: one will do, where a test does not ask for more."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[SlackBot]:
    """Ana and Bob are linked."""
    async with writing.begin() as session:
        await people.add(session, "Ana López")
        await people.add(session, "Bob Ray", locale="es")
    async with slack_bot(writing, reading, clock) as bot:
        yield bot


VIEW = {"id": "V1", "type": "modal", "callback_id": "x"}
SPOKEN = requests.command("/kudos", "a secret word", user="UANA")
NOW_STAMP = int(time.time())


@each_row(
    "headers",
    [
        {},
        {"X-Slack-Signature": "v0=0"},
        {"X-Slack-Signature": "v0=\xe9"},
        {"X-Slack-Request-Timestamp": "abc"},
        {"X-Slack-Request-Timestamp": "\xb2"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "9" * 400},
        requests.signed(SPOKEN, stamp=str(NOW_STAMP - 3600)),
        requests.signed(SPOKEN, stamp=str(NOW_STAMP + 3600)),
        requests.signed(SPOKEN, stamp=str(-NOW_STAMP)),
        requests.signed(SPOKEN, secret="another"),
        requests.signed(SPOKEN + "&text=more"),
    ],
)
async def test_what_slack_did_not_sign_is_refused(
    corp: SlackBot, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    whole = headers if len(headers) != 1 else requests.signed(SPOKEN) | headers
    response = await corp.http.post("/slack/events", data=SPOKEN.encode(), headers=whole)
    assert response.status == 401
    assert corp.thanks.given == []
    ours = [r.getMessage() for r in caplog.records if r.name.startswith(("channels", "bot", "slack"))]
    assert ours
    assert not any("secret" in line or "UANA" in line for line in ours)


async def test_while_the_secret_changes_either_signs(
    writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with slack_bot(writing, reading, clock, secret=f"a-new-one,{SECRET}") as bot:
        for secret, status in ((SECRET, 200), ("a-new-one", 200), (f"a-new-one,{SECRET}", 401), ("another", 401)):
            assert (await bot.sends(SPOKEN, **requests.signed(SPOKEN, secret=secret))).status == status


@each_row("body", [b"\xff\xfe", b"", b"{", b"payload={"])
async def test_rubbish_without_a_signature_is_refused(corp: SlackBot, body: bytes) -> None:
    response = await corp.http.post("/slack/events", data=body)
    assert response.status == 401


@each_row(
    "body",
    [
        "{",
        "[]",
        '{"type": 5}',
        '{"type": "event_callback", "event": "x"}',
        '{"type": "event_callback", "event": {"type": "app_mention", "user": "UANA"}}',
        '{"type": "event_callback", "team_id": 7, "event": {"type": "app_mention", "user": "UANA", "channel": "C1", '
        '"ts": "1.0"}}',
        '{"type": "event_callback", "event": {"type": "app_mention"}, "authorizations": [3]}',
        "payload=%7B",
        "payload=%5B1%5D",
        urlencode({"payload": '{"type": "block_actions", "actions": [1], "user": {"id": "UANA"}}'}),
        urlencode({"payload": '{"type": "block_actions", "actions": [{"action_id": "press-0", "value": 5}]}'}),
        urlencode({"payload": '{"type": "view_submission", "view": {"callback_id": "thanks"}, "user": {"id": "U1"}}'}),
        "command=%2Fkudos&text=x",
        "{" + '"a":[' * 90_000,
    ],
)
async def test_an_odd_shape_is_a_bad_request(corp: SlackBot, body: str) -> None:
    assert (await corp.sends(body)).status in (200, 400)
    assert corp.thanks.given == []


async def test_a_huge_body_is_refused(corp: SlackBot) -> None:
    body = "text=" + "x" * (1024 * 1024)
    response = await corp.http.post("/slack/events", data=BytesIO(body.encode()), headers=requests.signed(body))
    assert response.status == 413


def odd_versions(payload: Any) -> Iterator[Any]:
    """The payload with each of its values in turn replaced by something else, or left out."""
    if isinstance(payload, dict):
        for key, value in payload.items():
            yield {k: v for k, v in payload.items() if k != key}
            yield from ({**payload, key: other} for other in (None, 5, "x", [], {}, *odd_versions(value)))
    elif isinstance(payload, list):
        for at, value in enumerate(payload):
            yield from ([*payload[:at], other, *payload[at + 1 :]] for other in (None, 5, *odd_versions(value)))


async def test_no_odd_value_breaks_us(corp: SlackBot) -> None:
    await corp.says(requests.command("/kudos", "", user="UANA"))
    (view,) = corp.slack.views.values()
    kudos = {"words": {"value": "thanks"}, "who": {"selected_users": ["UBOB"]}}
    odd = [*odd_versions(json.loads(requests.event(requests.mention("points", user="UANA"))))]
    for whole in (requests.submission(view, kudos, user="UANA"), requests.press("a.b.c", user="UANA")):
        odd += odd_versions(json.loads(parse_qs(whole)["payload"][0]))
    broken = []
    for payload in odd:
        body = json.dumps(payload) if payload.get("type") == "event_callback" else requests.interaction(payload)
        response = await corp.sends(body)
        broken += [payload] if response.status not in (200, 400) else []
    assert broken == []


@pytest.mark.parametrize(
    "body",
    [
        requests.event({"type": "pin_added", "user": "UANA", "channel_id": "C01GEN", "item": {"type": "message"}}),
        requests.event({"type": "star_added", "user": "UANA", "item": {"type": "channel", "channel": "C01GEN"}}),
        requests.interaction({"type": "shortcut", "callback_id": "x", "user": {"id": "UANA"}, "team": {"id": "T1"}}),
        requests.interaction({"type": "view_closed", "view": VIEW, "user": {"id": "UANA"}}),
        requests.press("1", user="UANA", action_id="not-ours"),
    ],
)
async def test_what_we_have_no_use_for_is_counted(corp: SlackBot, body: str) -> None:
    assert await corp.says(body) == {}
    assert sum(corp.channel.unknown.values()) == 1


async def test_the_address_is_verified(corp: SlackBot) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c3", "token": "t"})
    response = await corp.sends(body)
    assert (response.status, await response.text()) == (200, '{"challenge": "c3"}')
    assert (await corp.http.post("/slack/events", data=body)).status == 401


async def test_a_client_id_in_the_environment_changes_nothing(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, monkeypatch: pytest.MonkeyPatch, session: object
) -> None:
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN"):
        monkeypatch.setenv(name, "something-else")
    async with slack_bot(writing, reading, clock) as corp:
        answer = await corp.says(requests.command("/points", "", user="U0NOBODY"))
        assert "directory" in answer["text"]
        await until(lambda: corp.channel.trouble() is None)


async def test_slack_may_be_down_at_the_start(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> None:
    async with slack_bot(writing, reading, clock, (), Failure(status=503)) as corp:
        await until(lambda: corp.channel.trouble() == "internal_error")
        assert "directory" in (await corp.says(requests.command("/points", "", user="UANA")))["text"]
        await until(lambda: corp.channel.trouble() is None)
