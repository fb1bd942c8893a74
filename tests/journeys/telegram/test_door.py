"""What is not Telegram's, or not of its shape, is refused at the door; what we have no use for is taken quietly."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select

from channels.server.environment import Environment
from channels.telegram.adapter import TelegramAdapter
from channels.telegram.config import TelegramConfig
from engine.db.connection import SessionFactory
from engine.kudos.models import Kudos
from tests.conftest import Clock
from tests.platforms import telegram_updates as updates
from tests.platforms.telegram import SECRET, TOKEN, Failure
from tests.platforms.telegram_bot import GROUP, TelegramBot, link, sender, telegram_bot
from tests.tables import each_row
from tests.waiting import until

HEADER = "X-Telegram-Bot-Api-Secret-Token"
THANKS = "/kudos [Bob Roe](1002) thanks for the launch"


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[TelegramBot]:
    await link(writing)
    async with telegram_bot(writing, reading, clock) as driven:
        await until(lambda: driven.channel.trouble() is None)
        yield driven


async def gifts(reading: SessionFactory) -> int:
    async with reading.begin() as session:
        return await session.scalar(select(func.count()).select_from(Kudos)) or 0


@each_row("headers", [{}, {HEADER: ""}, {HEADER: "another"}, {HEADER: f"{SECRET}x"}, {HEADER: "\xe9"}])
async def test_without_the_secret_nothing_is_read(
    corp: TelegramBot, reading: SessionFactory, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="channels")
    update = updates.message(THANKS, sender("ana"), GROUP)
    response = await corp.http.post("/telegram/webhook", json=update, headers=headers)
    assert response.status == 401
    assert await gifts(reading) == 0
    assert not any("launch" in record.getMessage() or SECRET in record.getMessage() for record in caplog.records)


async def test_while_the_secret_changes_the_old_one_is_taken_too(
    writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with telegram_bot(writing, reading, clock, secret=f"a-new-one, {SECRET}") as corp:
        for secret, status in ((SECRET, 200), ("a-new-one", 200), (f"a-new-one, {SECRET}", 401), ("", 401)):
            update = updates.message("/points", sender("ana"))
            assert (await corp.sends(update, **{HEADER: secret})).status == status


@pytest.mark.parametrize("size", [1_048_577, 2 * 1_048_576])
async def test_a_huge_body_is_refused(corp: TelegramBot, size: int) -> None:
    response = await corp.http.post("/telegram/webhook", data=BytesIO(b"x" * size), headers=updates.HEADERS)
    assert response.status == 413


@each_row(
    "body",
    [b"", b"{", b"[]", b"7", b"{}", b"\xff\xfe", b'{"update_id": "7"}', b'{"update_id": true}', b'{"a":' * 90_000],
)
async def test_what_is_no_update_is_a_bad_request(corp: TelegramBot, body: bytes) -> None:
    response = await corp.http.post("/telegram/webhook", data=BytesIO(body), headers=updates.HEADERS)
    assert response.status == 400


def odd_versions(payload: Any) -> Iterator[Any]:
    """The payload with each of its values in turn replaced by something else, or left out."""
    if isinstance(payload, dict):
        for key, value in payload.items():
            yield {k: v for k, v in payload.items() if k != key}
            yield from ({**payload, key: other} for other in (None, 5, -1, "x", [], {}, *odd_versions(value)))
    elif isinstance(payload, list):
        for at, value in enumerate(payload):
            yield from ([*payload[:at], other, *payload[at + 1 :]] for other in (None, 5, *odd_versions(value)))


async def test_no_odd_value_breaks_us(corp: TelegramBot, caplog: pytest.LogCaptureFixture) -> None:
    reply = {"message_id": 3, "date": 1, "chat": {"id": GROUP, "type": "supergroup"}, "from": sender("bob")}
    whole = [
        updates.message("/points@LaurelBot @bob_tg [Bob](1002)", sender("ana"), GROUP, reply_to_message=reply),
        updates.message(
            "", sender("ana"), users_shared={"request_id": 1, "users": [{"user_id": 1002, "first_name": "B"}]}
        ),
        updates.press("a.b.c", sender("ana"), updates.message("x", sender("ana"))["message"]),
        updates.membership(GROUP, sender("ana"), "kicked"),
    ]
    for number, payload in enumerate(odd for one in whole for odd in odd_versions(one)):
        if type(payload.get("update_id")) is int:
            payload = payload | {"update_id": 900_000 + number}
        response = await corp.sends(payload)
        expected = 200 if type(payload.get("update_id")) is int else 400
        assert response.status == expected, payload
    failed = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.exc_text or record.message for record in failed] == []


@pytest.mark.parametrize(
    "content",
    [
        {"edited_message": updates.message(THANKS, sender("ana"), GROUP)["message"]},
        {"channel_post": updates.message(THANKS, sender("ana"), GROUP)["message"]},
        {"poll_answer": {"poll_id": "1", "user": sender("ana"), "option_ids": [0]}},
        {"something_new": {"that": ["we", "never", "saw"]}},
        {},
        updates.message("just talking with [Bob Roe](1002)", sender("ana"), GROUP),
        updates.message("/kudos@AnotherBot [Bob Roe](1002) thanks", sender("ana"), GROUP),
        updates.message("/weather today", sender("ana"), GROUP),
        updates.message(THANKS, sender("bob") | {"is_bot": True}, GROUP),
        updates.message("", sender("ana"), GROUP, new_chat_title="Another"),
        updates.message(THANKS, sender("ana"), GROUP, via_bot=sender("bob") | {"is_bot": True}),
    ],
)
async def test_what_is_not_for_us_is_counted_and_nothing_else(
    corp: TelegramBot, reading: SessionFactory, content: dict[str, Any]
) -> None:
    await corp.hears(updates.update() | content)
    assert sum(corp.channel.unknown.values()) == 1
    assert await gifts(reading) == 0
    assert corp.telegram.messages == {}


async def test_an_update_that_comes_again_changes_nothing(corp: TelegramBot, reading: SessionFactory) -> None:
    sent = await corp.says("ana", THANKS, GROUP)
    for _ in range(3):
        await corp.hears(sent)
    again = json.loads(json.dumps(sent)) | {"update_id": 77}  # the same message under another id: another replica's
    await corp.hears(again)
    assert await gifts(reading) == 1
    await corp.relay.drain()
    assert len(corp.telegram.posted(GROUP)) == 1


async def test_a_failing_turn_is_answered_with_200(corp: TelegramBot) -> None:
    corp.telegram.fail("sendMessage", Failure(), Failure(403, "Forbidden: bot was kicked"), Failure(breaks=True))
    for line in ("/points", "/points", "/points"):
        await corp.says("ana", line)
    await corp.says("ana", "/points")
    assert "points" in corp.text("ana")


async def test_telegram_may_be_down_at_the_start(
    writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    await link(writing)
    async with telegram_bot(writing, reading, clock) as corp:
        corp.telegram.fail("getMe", Failure(502, "Bad Gateway"))
        await until(lambda: corp.channel.trouble() == "NetworkError")
        await corp.says("ana", "/points")
        assert "points" in corp.text("ana")
        await until(lambda: corp.channel.trouble() is None)


async def test_a_wrong_token_is_told_without_the_token(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with telegram_bot(writing, reading, clock) as corp:
        corp.telegram.token = "7000:another"
        await until(lambda: corp.channel.trouble() == "InvalidToken")
    ours = [record for record in caplog.records if not record.name.startswith("aiohttp")]  # that is the fake's own
    assert ours
    assert not any(TOKEN in record.getMessage() for record in ours)


def test_a_webhook_needs_its_secret(writing: SessionFactory) -> None:
    for secret in ("", "with space", "x" * 257, "a,b,c", "a,", ","):
        with pytest.raises(ValueError, match="TELEGRAM_WEBHOOK_SECRET"):
            Environment(_env_file=None, telegram_bot_token=TOKEN, telegram_webhook_secret=secret)
    with pytest.raises(ValueError, match="TELEGRAM_BOT_TOKEN"):
        Environment(_env_file=None, telegram_bot_token="nonsense", telegram_webhook_secret=SECRET)
    polling = Environment(_env_file=None, telegram_bot_token=TOKEN, telegram_mode="polling")
    assert (TelegramConfig.of(polling), polling.environment) == (TelegramConfig(TOKEN, "", "polling", ""), "production")
    assert TelegramConfig.of(Environment(_env_file=None)) is None
    assert TOKEN not in repr(TelegramConfig.of(polling))


async def test_the_channel_itself_refuses_a_webhook_without_secret(corp: TelegramBot) -> None:
    with pytest.raises(ValueError, match="TELEGRAM_WEBHOOK_SECRET"):
        TelegramAdapter(corp.bot, TelegramConfig(TOKEN, ""))


async def test_polling_asks_once_for_each_update(
    writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    await link(writing)
    async with telegram_bot(writing, reading, clock, mode="polling") as corp:
        corp.telegram.fail("getUpdates", Failure(502, "Bad Gateway"))
        corp.telegram.updates.append(updates.message(THANKS, sender("ana"), GROUP))
        await until(lambda: corp.telegram.posted(1001))
        assert "You thanked Bob Roe." in corp.text("ana")
        await until(lambda: not corp.telegram.updates)
        assert corp.telegram.called("deleteWebhook")
        assert (await corp.http.post("/telegram/webhook", json={}, headers=updates.HEADERS)).status == 404
    assert await gifts(reading) == 1


async def test_another_poller_is_waited_for(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with telegram_bot(writing, reading, clock, mode="polling") as corp:
        corp.telegram.fail("getUpdates", *[Failure(409, "Conflict: terminated by other getUpdates request")] * 9)
        await until(lambda: any(getattr(record, "error", "") == "Conflict" for record in caplog.records))
        asked = len(corp.telegram.called("getUpdates"))
        await until(lambda: corp.channel.trouble() == "polling: Conflict")
        assert len(corp.telegram.called("getUpdates")) == asked
