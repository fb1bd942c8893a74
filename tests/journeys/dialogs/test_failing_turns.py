"""Our own failures, and keys that meet: nothing is lost, and nobody reads another one's answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.dialogs.giving.kudos import GIVE_KUDOS_COMMANDS
from bot.dispatch.dispatcher import Bot
from bot.protocol.elements import Mention
from bot.protocol.turns import Say
from engine.db.connection import SessionFactory
from tests import people
from tests.conftest import Clock
from tests.journeys.dialogs.kudos_world import BOB, KEY, Waiting, World, asked, handed_back, told


@pytest.fixture
async def world(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> World:
    async with writing.begin() as session:
        await people.add(session, "Ana López")
        await people.add(session, "Bob Roe")
    return World(Bot(writing, reading, Waiting(), GIVE_KUDOS_COMMANDS, clock, KEY), writing)


@pytest.fixture
def broken(world: World, database: AsyncEngine) -> Iterator[World]:
    """The database fails where a gift would be written."""

    def fails(*call: Any) -> None:
        if "INTO kudos" in call[2]:
            raise OSError("the disk is full")

    event.listen(database.sync_engine, "before_cursor_execute", fails)
    yield world
    event.remove(database.sync_engine, "before_cursor_execute", fails)


async def test_a_line_comes_back_when_we_fail(broken: World) -> None:
    reply = await broken.say(BOB, " thanks for all the work")
    assert isinstance(reply, Say)
    assert reply.failed
    assert told(reply).startswith("Something went wrong on our side.")
    assert handed_back(reply) == ["/kudos @Bob thanks for all the work"]


async def test_what_stood_in_a_form_comes_back_when_we_fail(broken: World) -> None:
    reply = await broken.send(asked(await broken.say()), {"receivers": (BOB,), "words": ("a long story",)})
    assert handed_back(reply) == ["@Bob\na long story"]


async def test_another_persons_answer_is_not_read_under_the_same_key(world: World) -> None:
    mine = await world.say(BOB, " thanks", message_id="same")
    theirs = await world.say(BOB, " thanks", message_id="same", account="bob")
    assert theirs != mine
    assert "Bob" not in str(theirs)
    assert len(await world.gifts()) == 1


async def test_another_persons_form_is_not_theirs_to_send(world: World) -> None:
    form = asked(await world.say())
    reply = await world.send(form, {"receivers": (Mention("Ana", account="ana"),), "words": ("hi",)}, account="bob")
    assert told(reply).startswith("That form")
    assert await world.gifts() == []
    await world.send(form, {"receivers": (BOB,), "words": ("hi",)})
    assert len(await world.gifts()) == 1


async def test_whom_the_channel_cannot_name_now_is_not_called_unknown(world: World) -> None:
    who = Mention("Zoe", account="zoe")
    asked_of = {"account": "stranger", "message_id": "later"}
    reply = await world.say(who, " thanks a lot", unmet=frozenset({"stranger"}), **asked_of)
    assert isinstance(reply, Say)
    assert reply.failed
    assert "try again" in told(reply)
    assert handed_back(reply) == ["/kudos @Zoe thanks a lot"]
    again = await world.say(who, " thanks a lot", **asked_of)
    assert again != reply


async def test_a_form_with_somebody_whom_the_channel_cannot_name_now_comes_back(world: World) -> None:
    form, answers = asked(await world.say()), {"receivers": (Mention("Zoe", account="zoe"),), "words": ("hi",)}
    reply = asked(await world.send(form, answers, unmet=frozenset({"zoe"})))
    assert reply.known == answers | {name: () for name in reply.known.keys() - answers}
    assert reply.errors.keys() == {"receivers"}
    assert "try again" in reply.errors["receivers"]
    sent = await world.send(reply, {"receivers": (BOB,), "words": ("hi",)})
    assert "You thanked Bob" in told(sent)
