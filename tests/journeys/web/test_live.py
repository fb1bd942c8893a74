"""The web chat live: what arrives by itself, what is counted, what the relay posts."""

import asyncio
import re

import pytest

from bot.protocol.channel import Destination, DestinationGone, Rejected
from bot.protocol.elements import Card, Text
from channels.web.live import MAX_QUEUED_CHANGES, MAX_REPLAYED_CHANGES, PageListener
from channels.web.store import ChatMessage, WebMessage, add_web_message
from engine.db.connection import SessionFactory
from engine.people.models import Person
from tests.conftest import NOW, Clock
from tests.journeys.web.world import Browser, World, next_event, serving
from tests.waiting import PATIENCE


async def test_a_post_and_its_edit_arrive_live(
    ana: Browser, bob: Browser, chat: World, staff: dict[str, Person]
) -> None:
    async with (
        ana.client.get(f"/live?in=general&since=0&as={staff['Ana López'].id}") as open_page,
        bob.client.get(f"/live?in=wins&since=0&as={staff['Bob Stone'].id}") as other_page,
        asyncio.timeout(PATIENCE),
    ):
        assert open_page.content_type == "text/event-stream"
        there = Destination("", "general")
        ref = await chat.web.post(there, Card("Applause", "Applause for Ana", (Text(("first words",)),)))
        told = await next_event(open_page)
        assert "first words" in str(told["html"])
        assert (told["conversation"], told["version"], told["spoken"]) == ("general", 1, "Applause for Ana")
        elsewhere = await next_event(other_page)
        assert elsewhere["conversation"] == "general"
        assert "html" not in elsewhere
        await chat.web.edit(there, ref, Card("Applause", "Taken back", (Text(("other words",)),)))
        changed = await next_event(open_page)
        assert (changed["id"], changed["version"]) == (told["id"], 2)
        assert "other words" in str(changed["html"])
    async with (
        ana.client.get(
            f"/live?in=general&since=0&as={staff['Ana López'].id}", headers={"Last-Event-ID": str(told["change"])}
        ) as again,
        asyncio.timeout(PATIENCE),
    ):
        assert (await next_event(again))["version"] == 2  # what was missed, and nothing that was seen


async def test_the_same_edit_again_changes_nothing(chat: World) -> None:
    card = Card("Applause", "Applause")
    ref = await chat.web.post(Destination("", "wins"), card)
    await chat.web.edit(Destination("", "wins"), ref, card)
    async with chat.bot.reading() as session:
        assert (await session.get_one(WebMessage, ref["message"])).version == 1


async def test_direct_news_goes_to_the_person_alone(ana: Browser, bob: Browser, chat: World) -> None:
    await chat.web.post(Destination("", "bob", direct=True), Card("News", "Only for Bob"))
    await bob.get("/c/laurel")
    assert "Only for Bob" in bob.text
    await ana.get("/c/laurel")
    assert "Only for Bob" not in ana.page


async def test_what_is_not_there_is_gone(chat: World) -> None:
    with pytest.raises(DestinationGone):
        await chat.web.post(Destination("", "nobody", direct=True), Card("News", "News"))
    with pytest.raises(DestinationGone):
        await chat.web.post(Destination("", "no-such-place"), Card("News", "News"))
    with pytest.raises(Rejected):  # the message is not there; its place is
        await chat.web.edit(Destination("", "general"), {"message": 999}, Card("News", "News"))


async def test_what_is_private_never_reaches_the_stream_of_another(
    ana: Browser, bob: Browser, chat: World, staff: dict[str, Person]
) -> None:
    async with (
        bob.client.get(f"/live?in=general&since=0&as={staff['Bob Stone'].id}") as stream,
        asyncio.timeout(PATIENCE),
    ):
        await ana.say("/hello secret")
        await ana.say("hello secret", "laurel")
        await ana.say("seen by all")
        assert "seen by all" in str((await next_event(stream))["html"])


async def test_a_page_is_told_that_its_browser_is_somebody_else_now(
    ana: Browser, bob: Browser, staff: dict[str, Person]
) -> None:
    address = f"/live?in=general&since=0&as={staff['Ana López'].id}"
    other = f"/live?in=general&since=0&as={staff['Bob Stone'].id}"
    async with ana.client.get(address) as stream, bob.client.get(other) as untouched, asyncio.timeout(PATIENCE):
        await ana.be(staff["Eva <b>Ng</b>"].id)
        assert await next_event(stream) == {}  # it ends, and comes again
        async with ana.client.get(address) as again:
            assert (await next_event(again))["event"] == "stale"
        await ana.say("hello")
        assert "hello" in str((await next_event(untouched))["html"])


async def test_what_was_not_seen_is_counted_until_it_is(ana: Browser, bob: Browser) -> None:
    await ana.say("one", "wins")
    await ana.say("two", "wins")
    await bob.get("/c/general")
    assert re.search(r'data-slug="wins".*?<b>2</b>', bob.page, re.DOTALL)
    await bob.get("/c/wins")
    await bob.get("/c/general")
    assert re.search(r'data-slug="wins".*?<b>0</b>', bob.page, re.DOTALL)
    await ana.get("/c/general")
    assert re.search(r'data-slug="wins".*?<b>0</b>', ana.page, re.DOTALL)


async def test_a_long_conversation_has_pages(ana: Browser, chat: World) -> None:
    for number in range(63):
        await chat.web.post(Destination("", "wins"), Card(f"card {number:02}", "x"))
    await ana.get("/c/wins")
    assert "card 02" not in ana.text
    assert "card 62" in ana.text
    [before] = re.findall(r'href="\?before=(\d+)"', ana.page)
    await ana.get(f"/c/wins?before={before}")
    assert "card 02" in ana.text
    assert "card 03" not in ana.text


async def test_nothing_is_asked_of_the_database_while_nobody_listens(chat: World) -> None:
    await chat.web.post(Destination("", "general"), Card("x", "x"))
    assert chat.web.trouble() is None
    assert not [task for task in asyncio.all_tasks() if "Live._poll" in repr(task)]


async def test_an_open_page_does_not_hold_up_the_end(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, staff: dict[str, Person]
) -> None:
    async with asyncio.timeout(PATIENCE), serving(writing, reading, clock) as chat, chat.browser() as browser:
        await browser.be(staff["Ana López"].id)
        stream = await browser.client.get(f"/live?in=general&since=0&as={staff['Ana López'].id}")
        await chat.server.close()
        assert await next_event(stream) == {}


async def test_a_page_that_reads_too_slowly_comes_again(reading: SessionFactory) -> None:
    listener = PageListener(1)
    message = ChatMessage(1, "general", 2, "Bob", None, ("hi",), None, 1, 1, NOW)
    assert all(listener.offer(message) for _ in range(MAX_QUEUED_CHANGES))
    assert not listener.offer(message)
    assert await listener.queue.get() is None
    assert listener.queue.empty()


async def test_a_page_that_was_away_for_too_long_is_loaded_anew(
    ana: Browser, chat: World, writing: SessionFactory, staff: dict[str, Person]
) -> None:
    async with writing.begin() as session:
        for _ in range(MAX_REPLAYED_CHANGES + 1):
            await add_web_message(session, "wins", NOW, card=Card("x", "x"))
    async with (
        ana.client.get(f"/live?in=general&since=0&as={staff['Ana López'].id}") as stream,
        asyncio.timeout(PATIENCE),
    ):
        assert (await next_event(stream))["event"] == "anew"
