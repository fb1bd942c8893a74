"""Groups, topics and private chats: what is said where, and what becomes of chats."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.accounts.usernames import find_accounts_by_username, get_username
from engine.db.connection import SessionFactory
from engine.kudos.models import Kudos
from engine.outbox.models import Delivery
from engine.outbox.places import Place
from engine.people.account import Account
from engine.people.models import Identity
from tests import people
from tests.conftest import NOW, Clock
from tests.platforms import telegram_updates as updates
from tests.platforms.telegram import BLOCKED, BOT, FLOOD, NO_CHAT, Failure, buttons
from tests.platforms.telegram_bot import GROUP, PEOPLE, TelegramBot, labels, link, sender, telegram_bot
from tests.time_limits import near
from tests.waiting import until

THANKS = "/kudos [Bob Roe](1002) thanks for the launch"
NEW = -1002002


@pytest.fixture(params=["sqlite"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def corp(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[TelegramBot]:
    await link(writing)
    async with telegram_bot(writing, reading, clock) as driven:
        await until(lambda: driven.channel.trouble() is None)
        yield driven


async def count(reading: SessionFactory, table: type) -> int:
    async with reading.begin() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def places(reading: SessionFactory) -> dict[str, Place]:
    async with reading.begin() as session:
        return {place.external_id: place for place in await session.scalars(select(Place))}


def door(corp: TelegramBot) -> str:
    """The payload of the link in the group that leads to the private chat."""
    [line] = corp.telegram.posted(GROUP)
    [link] = buttons(line)
    assert link["text"] == "Open a private chat"
    address, _, payload = link["url"].partition("?start=")
    assert address == "https://t.me/LaurelBot"
    return str(payload)


@pytest.mark.parametrize("failure", [BLOCKED, NO_CHAT])
async def test_a_private_answer_waits_behind_a_link_where_the_bot_may_not_write(
    corp: TelegramBot, failure: Failure
) -> None:
    corp.telegram.fail("sendMessage", failure)
    sent = await corp.says("ana", "/points", GROUP)
    [line] = corp.telegram.posted(GROUP)
    assert line["text"] == "I have an answer for you alone. Open our private chat to read it."
    assert line["reply_parameters"]["message_id"] == sent["message"]["message_id"]
    payload = door(corp)
    assert len(payload) <= 64
    await corp.says("bob", f"/start {payload}")
    assert "Hello, I am Laurel" in corp.text("bob")
    await corp.says("ana", f"/start {payload}")
    assert "points" in corp.text("ana")
    await corp.says("ana", f"/start {payload}")
    assert "Hello, I am Laurel" in corp.text("ana")


async def test_a_form_goes_on_in_private_by_a_link(corp: TelegramBot, reading: SessionFactory) -> None:
    corp.telegram.fail("sendMessage", BLOCKED)
    await corp.says("ana", "/kudos [Bob Roe](1002)", GROUP)
    await corp.says("ana", f"/start {door(corp)}")
    assert "What for?" in corp.text("ana")
    await corp.says("ana", "thanks for the launch")
    for label in ("Skip", "Skip", "No", "Send"):
        await corp.presses("ana", label)
    assert "You thanked Bob Roe." in corp.text("ana")
    await corp.relay.drain()
    assert "thanks for the launch" in corp.telegram.posted(GROUP)[-1]["text"]
    assert await count(reading, Kudos) == 1


@pytest.mark.parametrize("payload", ["x", "A" * 22, "' OR 1=1", "é" * 22])
async def test_an_unknown_link_is_a_friendly_hello(corp: TelegramBot, payload: str) -> None:
    await corp.says("ana", f"/start {payload}")
    assert "Hello, I am Laurel" in corp.text("ana")


async def test_answers_and_celebrations_go_to_the_topic(corp: TelegramBot) -> None:
    corp.telegram.topics[GROUP] = {7}
    root = {"message_id": 7, "date": 1, "chat": {"id": GROUP, "type": "supergroup"}, "from": sender("bob")}
    root |= {"forum_topic_created": {"name": "Thanks", "icon_color": 1}}
    topic = {
        "message_thread_id": 7,
        "is_topic_message": True,
        "chat_more": {"is_forum": True},
        "reply_to_message": root,
    }
    await corp.says("ana", "/kudos [Carla Díaz](1003) thanks for the plan", GROUP, **topic)
    await corp.relay.drain()
    [card] = corp.telegram.posted(GROUP)
    assert card["message_thread_id"] == 7
    assert "Carla" in card["text"]
    assert "Bob" not in card["text"]
    corp.telegram.fail("sendMessage", BLOCKED)
    await corp.says("ana", "/points", GROUP, **topic)
    assert corp.telegram.posted(GROUP)[-1]["message_thread_id"] == 7
    corp.telegram.topics[GROUP] = set()
    await corp.says("ana", "/kudos [Bob Roe](1002) thanks for the rest", GROUP, **topic)
    await corp.relay.drain()
    assert "message_thread_id" not in corp.telegram.posted(GROUP)[-1]


async def replying(corp: TelegramBot, line: str, author: dict[str, Any], **more: Any) -> str:
    """Ana answers a message of the author; returns what she is told."""
    answered = {"message_id": 9, "date": 1, "chat": {"id": GROUP, "type": "supergroup"}, "from": author, "text": "done"}
    await corp.says("ana", line, GROUP, reply_to_message=answered | more)
    return corp.text("ana")


@pytest.mark.parametrize(("line", "said"), [("/kudos thanks", "You thanked Bob Roe."), ("/badges", "of Bob Roe")])
async def test_a_reply_in_an_ordinary_supergroup_is_about_the_author(corp: TelegramBot, line: str, said: str) -> None:
    """There the thread is named by the message that is answered, and there are no topics."""
    answered = {"message_id": 9, "date": 1, "chat": {"id": GROUP, "type": "supergroup"}, "from": sender("bob")}
    await corp.says("ana", line, GROUP, message_thread_id=9, reply_to_message=answered | {"text": "done"})
    assert said in corp.text("ana")


@pytest.mark.parametrize("line", ["/kudos thanks for the launch", "/laurel kudos thanks", "@LaurelBot kudos thanks"])
async def test_a_reply_thanks_the_author(corp: TelegramBot, line: str) -> None:
    assert "You thanked Bob Roe." in await replying(corp, line, sender("bob"))


async def test_a_reply_that_names_somebody_thanks_them(corp: TelegramBot) -> None:
    told = await replying(corp, "/kudos [Carla Díaz](1003) thanks", sender("bob"))
    assert "You thanked Carla Díaz." in told


async def test_a_reply_alone_opens_the_form_for_the_author(corp: TelegramBot) -> None:
    told = await replying(corp, "/kudos", sender("bob"))
    assert "Who would you like to thank? Bob Roe" in told
    assert "What for?" in told


@pytest.mark.parametrize(
    ("author", "more"),
    [
        (updates.user(BOT, "Laurel", is_bot=True), {}),
        (sender("bob") | {"is_bot": True}, {}),
        (updates.user(1087968824, "Group"), {"sender_chat": {"id": GROUP, "type": "supergroup", "title": "us"}}),
    ],
)
async def test_a_reply_to_no_person_asks_for_whom(corp: TelegramBot, author: dict[str, Any], more: Any) -> None:
    told = await replying(corp, "/kudos thanks", author, **more)
    assert "Who would you like to thank?" in told
    assert "Press names" in told


async def test_a_username_is_somebody_once_they_were_seen(corp: TelegramBot) -> None:
    await corp.says("ana", "/kudos @BOB_tg thanks for the launch", GROUP)
    assert "BOB_tg" in corp.text("ana")
    await corp.says("bob", "/points")
    await corp.says("ana", "/kudos @BOB_tg thanks for the launch", GROUP)
    assert "You thanked Bob Roe." in corp.text("ana")


async def test_a_username_is_found_whenever_its_account_is_linked(corp: TelegramBot, writing: SessionFactory) -> None:
    bea = updates.user(1055, "Bea Lin", username="bea_tg")
    await corp.hears(updates.message("/points", bea))
    async with writing.begin() as session:
        bea_lin = await people.add(session, "Bea Lin")
        ids = {"channel": "telegram", "tenant": str(BOT), "external_id": "1055"}
        session.add(Identity(person_id=bea_lin.id, linked_at=NOW, seen_at=NOW, **ids))
    await corp.hears(updates.message("/points", bea))
    await corp.says("ana", "/kudos @bea_tg thanks for the launch", GROUP)
    assert "You thanked Bea Lin." in corp.text("ana")


async def test_a_username_moves_to_whoever_has_it_now(corp: TelegramBot, reading: SessionFactory) -> None:
    await corp.says("bob", "/points")
    await corp.hears(updates.message("/points", sender("carla", username="bob_tg")))
    where = {"channel": "telegram", "tenant": str(BOT)}
    async with reading.begin() as session:
        assert await find_accounts_by_username(session, aliases=["@bob_tg"], **where) == {"@bob_tg": "1003"}
        assert await get_username(session, Account("telegram", str(BOT), "1002")) is None


async def test_whoever_writes_as_the_group_is_refused_kindly(corp: TelegramBot, reading: SessionFactory) -> None:
    me = {"sender_chat": {"id": GROUP, "type": "supergroup", "title": "us"}}
    anonymous = updates.user(1087968824, "Group", is_bot=True, username="GroupAnonymousBot")
    await corp.hears(updates.message(THANKS, anonymous, GROUP, **me))
    [line] = corp.telegram.posted(GROUP)
    assert "Please write as yourself" in line["text"]
    assert await count(reading, Kudos) == 0


async def test_a_stranger_is_told_privately(corp: TelegramBot) -> None:
    corp.telegram.started.add(1999)
    await corp.hears(updates.message(THANKS, updates.user(1999, "Zoe"), GROUP))
    assert "I do not know you yet" in corp.telegram.posted(1999)[0]["text"]
    assert corp.telegram.posted(GROUP) == []


async def test_offsets_count_as_telegram_counts(corp: TelegramBot) -> None:
    await corp.says("ana", "/kudos [Bob Roe](1002) 👩‍👩‍👧 thanks 🎉 with [Carla Díaz](1003) <b>&amp;</b>", GROUP)
    await corp.relay.drain()
    [card] = corp.telegram.posted(GROUP)
    assert "👩‍👩‍👧 thanks 🎉 with Carla Díaz <b>&amp;</b>" in card["text"]


async def test_words_under_a_picture_count_too(corp: TelegramBot) -> None:
    text, entities = updates.marked(THANKS)
    photo = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
    caption = {"caption": text, "caption_entities": entities, "photo": photo}
    await corp.hears(updates.message("", sender("ana"), GROUP, **caption))
    assert "You thanked Bob Roe." in corp.text("ana")


async def test_a_group_that_became_a_supergroup_keeps_its_place(corp: TelegramBot, reading: SessionFactory) -> None:
    await corp.says("ana", THANKS, GROUP)
    await corp.hears(updates.message("", sender("ana"), GROUP, migrate_to_chat_id=NEW))
    known = await places(reading)
    assert set(known) == {str(NEW)}
    corp.telegram.groups.add(NEW)
    await corp.relay.drain()
    assert "thanks for the launch" in corp.telegram.posted(NEW)[0]["text"]


async def test_a_move_that_a_post_tells_of_is_followed_at_once(corp: TelegramBot, reading: SessionFactory) -> None:
    corp.telegram.moved[GROUP] = NEW
    corp.telegram.groups.add(NEW)
    await corp.says("ana", THANKS, GROUP)
    await corp.relay.drain()
    assert "thanks for the launch" in corp.telegram.posted(NEW)[0]["text"]
    assert set(await places(reading)) == {str(NEW)}
    await corp.presses("ana", "Undo")
    await corp.relay.drain()
    assert "taken back" in corp.telegram.posted(NEW)[0]["text"]


async def test_the_bot_is_removed_and_let_in_again(corp: TelegramBot, reading: SessionFactory) -> None:
    await corp.says("ana", THANKS, GROUP)
    for _ in range(2):
        await corp.hears(updates.membership(GROUP, sender("ana"), "kicked"))
    assert (await places(reading))[str(GROUP)].closed_at is not None
    await corp.hears(updates.membership(GROUP, sender("ana"), "member"))
    assert (await places(reading))[str(GROUP)].closed_at is None
    await corp.hears(updates.membership(NEW, sender("ana"), "member"))
    assert set(await places(reading)) == {str(GROUP), str(NEW)}


async def test_who_blocks_the_bot_is_told_elsewhere(corp: TelegramBot, reading: SessionFactory) -> None:
    await corp.says("ana", THANKS, GROUP)
    await corp.hears(updates.membership(PEOPLE["bob"][0], sender("bob"), "kicked"))
    await corp.relay.drain()
    assert corp.telegram.posted(PEOPLE["bob"][0]) == []
    async with reading.begin() as session:
        news = await session.scalars(select(Delivery).where(Delivery.identity_id.is_not(None)))
        assert [one.channel for one in news] == ["slack"]  # where he has another account


async def test_a_flood_slows_that_chat_only(corp: TelegramBot, clock: Clock) -> None:
    await corp.says("ana", THANKS, GROUP)
    corp.telegram.fail("sendMessage", FLOOD)
    await corp.relay.drain()
    shown = len(corp.telegram.posted(GROUP)) + len(corp.telegram.posted(PEOPLE["bob"][0]))
    assert shown == 1
    clock.advance(seconds=3)
    await corp.relay.drain()
    assert len(corp.telegram.posted(GROUP)) == len(corp.telegram.posted(PEOPLE["bob"][0])) == 1


async def test_a_call_that_hangs_is_made_again(corp: TelegramBot, clock: Clock) -> None:
    usual, corp.relay.send_seconds = corp.relay.send_seconds, 0.1
    await corp.says("ana", THANKS, GROUP)
    corp.telegram.fail("sendMessage", *[Failure(hangs=True)] * 2)
    await corp.relay.drain()
    assert corp.telegram.posted(GROUP) == []
    corp.relay.send_seconds = usual
    clock.advance(minutes=2)
    await corp.relay.drain()
    assert len(corp.telegram.posted(GROUP)) == len(corp.telegram.posted(PEOPLE["bob"][0])) == 1


async def test_a_group_takes_no_more_than_twenty_a_minute(corp: TelegramBot, clock: Clock) -> None:
    for number in range(25):
        await corp.says("ana", f"/kudos [Bob Roe](1002) thanks number {number}", GROUP)
    for _ in range(60):
        await corp.relay.drain()
        clock.advance(seconds=1)
    assert len(corp.telegram.posted(GROUP)) <= 20


async def test_a_button_of_somebody_else_is_answered_and_does_nothing(corp: TelegramBot) -> None:
    await corp.says("ana", THANKS, GROUP)
    assert "Only the one who gave it" in await corp.presses("bob", "Undo", PEOPLE["ana"][0])
    await corp.relay.drain()
    assert "thanks for the launch" in corp.telegram.posted(GROUP)[0]["text"]
    assert labels(corp.last("ana")) == ["Undo"]


async def test_a_button_pressed_twice_and_a_forged_one(corp: TelegramBot) -> None:
    await corp.says("ana", THANKS, GROUP)
    shown = corp.telegram.message(PEOPLE["ana"][0], corp.last("ana")["message_id"])
    data = buttons(corp.last("ana"))[0]["callback_data"]
    alerts = []
    for token in (data, data, "undo.kudos-1.forgedforged", "nonsense", "step:receivers:send:"):
        sent = await corp.hears(updates.press(token, sender("ana"), shown))
        alerts.append(corp.telegram.answered[sent["callback_query"]["id"]].get("text", ""))
    assert alerts[0] == ""
    assert all(alerts[1:]), alerts


@pytest.fixture
async def hurried(
    corp: TelegramBot, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> AsyncIterator[TelegramBot]:
    """Another replica, which answers a press at once."""
    how = {"beside": corp.telegram, "times": near("telegram_press_s")}
    async with telegram_bot(writing, reading, clock, **how) as driven:
        await until(lambda: driven.channel.trouble() is None)
        yield driven


async def test_a_slow_turn_still_answers_its_press(corp: TelegramBot, hurried: TelegramBot) -> None:
    await corp.says("ana", THANKS, GROUP)
    corp.telegram.fail("editMessageText", Failure(400, "Bad Request: MESSAGE_ID_INVALID", hangs=True))
    pressing = asyncio.create_task(hurried.presses("ana", "Undo"))
    await until(lambda: corp.telegram.answered)
    await until(lambda: corp.telegram.called("editMessageText"))
    corp.telegram.gate.let_go()
    assert await pressing == ""
    answered = [name for name, _ in corp.telegram.calls].index("answerCallbackQuery")
    assert "sendMessage" in [name for name, _ in corp.telegram.calls[answered:]]


async def test_a_late_alert_is_said_in_private(
    corp: TelegramBot, hurried: TelegramBot, writing: SessionFactory
) -> None:
    await corp.says("ana", THANKS, GROUP)
    await corp.presses("ana", "Undo")
    shown = corp.telegram.message(PEOPLE["ana"][0], corp.last("ana")["message_id"])
    data = next(one["callback_data"] for _, call in corp.telegram.calls for one in buttons(call))
    answered = len(corp.telegram.answered)
    async with asyncio.TaskGroup() as group, writing.begin() as somebody_else:
        await somebody_else.connection()  # and with it the writer's lock
        pressing = group.create_task(hurried.hears(updates.press(data, sender("ana"), shown)))
        await until(lambda: len(corp.telegram.answered) > answered)
    sent = pressing.result()
    assert "text" not in corp.telegram.answered[sent["callback_query"]["id"]]
    assert "already" in corp.text("ana")


async def test_a_command_by_our_name_waits_until_we_know_it(
    writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    await link(writing)
    async with telegram_bot(writing, reading, clock) as corp:
        await corp.says("ana", "/kudos@LaurelBot [Bob Roe](1002) thanks", GROUP)
        assert "You thanked Bob Roe." in corp.text("ana")


async def test_an_answer_is_patient_for_a_moment_and_no_longer(corp: TelegramBot) -> None:
    corp.telegram.fail("sendMessage", Failure(429, "Too Many Requests", {"retry_after": 1}))
    await corp.says("ana", "/points")
    assert "points" in corp.text("ana")
    corp.telegram.fail("sendMessage", Failure(429, "Too Many Requests", {"retry_after": 600}))
    await corp.says("ana", "/badges")
    assert "points" in corp.text("ana")


async def test_a_button_that_wants_to_be_confirmed_is_pressed_twice(corp: TelegramBot) -> None:
    await corp.says("ana", THANKS, GROUP)
    shown = corp.last("ana")
    token = buttons(shown)[0]["callback_data"]
    shown["reply_markup"] = {"inline_keyboard": [[{"text": "Undo", "callback_data": f"?{token}"}]]}
    await corp.presses("ana", "Undo")
    assert labels(corp.last("ana")) == ["Undo", "Cancel"]
    await corp.presses("ana", "Cancel")
    assert [one["callback_data"] for one in buttons(corp.last("ana"))] == [f"?{token}"]
    await corp.presses("ana", "Undo")
    assert "You thanked Bob Roe." in corp.text("ana")
    await corp.presses("ana", "Undo")
    assert "You thanked Bob Roe." not in corp.text("ana")
