"""Thanking colleagues through the dispatcher: turns in, replies out."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import buttons
from bot.cards import Button, Mention
from bot.dialogs.kudos import VERBS
from bot.dispatch import Bot
from bot.forms import Answer, ChoiceField, PersonField
from engine import places
from engine.db import Session, Sessions
from engine.inbox import AnsweredTurn
from tests import people
from tests.conftest import NOW, Clock
from tests.journeys.kudos_world import ANA, BOB, CARLA, KEY, Waiting, World, asked, card, handed_back, told

OWN_NAMES = {BOB: '@"Bob Roe"'}  # as anybody can type it


@pytest.fixture
async def world(writing: Sessions, reading: Sessions, clock: Clock) -> World:
    async with writing.begin() as session:
        await people.add(session, "Ana López")
        await people.add(session, "Bob Roe", department="Sales")
        await people.add(session, "Carla Díaz", folded_name="carla diaz")
        await places.see(session, channel="web", tenant="", external_id="lobby", name="Lobby", now=NOW)
    bot = Bot(writing, reading, Waiting(), VERBS, clock, KEY)
    return World(bot, writing)


async def test_one_line_gives_at_once(world: World) -> None:
    reply = await world.say(BOB, " ", CARLA, " thanks for the launch #TeamWork!")
    (gift,) = await world.gifts()
    assert [name for _, name in gift.receivers] == ["Bob Roe", "Carla Díaz"]
    assert (gift.words, gift.tags, gift.public) == ("thanks for the launch #TeamWork!", ("teamwork",), True)
    assert told(reply).startswith("You thanked Bob Roe and Carla Díaz.")
    (undo,) = card(reply).actions
    assert isinstance(undo, Button)
    assert buttons.read(undo.token, KEY) == buttons.Pressed("undo", f"kudos-{gift.id}")
    assert len(await world.told_in()) == 1


@pytest.mark.parametrize(
    "words",
    [
        "👩‍👩‍👧‍👦 👍🏽 ❤️",
        "תודה \u202e(ab)\u202c شكرا",
        "`x = \"a\" #no` & <b>\\n</b> 'q'",
        "a\n\n  b\tc",
        "<!channel> *x*",
    ],
)
async def test_words_are_kept_to_the_letter(world: World, words: str) -> None:
    await world.say(BOB, f"  {words} ")
    assert [gift.words for gift in await world.gifts()] == [words]


async def test_the_ways_to_name_somebody(world: World) -> None:
    for line in (
        ("@bob thx",),
        ('"Bob Roe" thx',),
        ("{bob} thx",),
        ("bob@corp.test thx",),
        ("thx ", BOB),
        ("thx @bob",),
    ):
        await world.say(*line)
    assert [[name for _, name in gift.receivers] for gift in await world.gifts()] == [["Bob Roe"]] * 6
    assert {gift.words for gift in await world.gifts()} == {"thx"}


async def test_a_later_mention_stays_among_the_words_as_a_name(world: World) -> None:
    await world.say(BOB, " thanks for helping ", CARLA, " out")
    (gift,) = await world.gifts()
    assert gift.words == "thanks for helping Carla Díaz out"
    assert len(gift.receivers) == 1


async def test_the_giver_is_dropped_and_told(world: World) -> None:
    reply = await world.say(ANA, " ", BOB, " ", BOB, " thanks")
    (gift,) = await world.gifts()
    assert [name for _, name in gift.receivers] == ["Bob Roe"]
    assert "I left you out" in told(reply)


async def test_oneself_alone_is_refused(world: World) -> None:
    reply = await world.say(ANA, " thanks")
    assert told(reply).startswith("You cannot thank yourself.")
    assert await world.gifts() == []


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ((Mention("Zoe", account="zoe"), " hi *there* 🎉"), "I do not know anybody called “Zoe”."),
        (("@nobody hi",), "I do not know anybody called “nobody”."),
        (('"a\0b" hi',), "I do not know anybody called “a\0b”."),
        ((BOB, " a\0b"), "There is a character in your words that cannot be stored."),
        ((BOB, " a\ud83d"), "There is a character in your words that cannot be stored."),
        ((BOB, " ", "x" * 501), "That is 501 characters; 500 is the most."),
        ((BOB, " " + " ".join(f"#t{n}" for n in range(11))), "At most 10 tags, please."),
        ((" ".join(f"@p{n}" for n in range(101)) + " hi",), "That is a lot of names: 100"),
    ],
)
async def test_a_refusal_hands_the_words_back(world: World, line: tuple[str | Mention, ...], sentence: str) -> None:
    reply = await world.say(*line)
    typed = "".join(part if isinstance(part, str) else OWN_NAMES.get(part, f"@{part.name}") for part in line)
    assert told(reply).startswith(sentence)
    assert handed_back(reply) == [f"/kudos {typed}".strip()]
    assert await world.gifts() == []


async def test_limits_are_told_with_their_number_and_what_is_left(world: World) -> None:
    await world.choose(kudos_per_day=2, kudos_points=5)
    reply = await world.say(BOB, " thanks")
    assert "You can thank 1 more person today." in told(reply)
    assert "+5 points" in told(reply)
    refused = await world.say(BOB, " ", CARLA, " thanks again")
    assert told(refused).startswith("You can thank 2 people a day; you have 1 left today.")
    assert handed_back(refused) == ['/kudos @"Bob Roe" @"Carla Díaz" thanks again']
    assert len(await world.gifts()) == 1


async def test_alone_it_asks_and_the_answers_become_a_gift_where_it_was_asked(world: World) -> None:
    ask = asked(await world.say())
    assert (ask.known, ask.errors) == ({}, {})
    assert [f.id for f in ask.form.fields] == ["receivers", "words", "tags", "more_tags", "private"]
    answers = {
        "receivers": (CARLA, "bob"),
        "words": ("thanks for it #Deep",),
        "tags": ("helpful", "mentor"),
        "more_tags": ("#Launch, mentor!",),
    }
    reply = await world.send(ask, answers)
    assert told(reply).startswith("You thanked Carla Díaz and Bob Roe.")
    (gift,) = await world.gifts()
    assert gift.tags == ("helpful", "mentor", "launch", "deep")
    assert gift.public
    assert len(await world.told_in()) == 1


async def test_a_private_gift_is_told_nowhere(world: World) -> None:
    ask = asked(await world.say())
    reply = await world.send(ask, {"receivers": (BOB,), "words": ("between us",), "private": ("on",)})
    assert "Only they and you can see it." in told(reply)
    assert [gift.public for gift in await world.gifts()] == [False]
    assert await world.told_in() == set()


async def test_what_is_incomplete_asks_with_what_is_known(world: World) -> None:
    only_words = asked(await world.say("great work everybody #launch"))
    assert only_words.known == {"words": ("great work everybody #launch",)}
    only_receivers = asked(await world.say(BOB, " @carla ana@corp.test @nobody"))
    assert only_receivers.known == {
        "receivers": (
            Mention("Bob Roe", 2, "bob"),
            Mention("Carla Díaz", 3, "carla"),
            Mention("Ana López", 1, "ana"),
            "nobody",
        )
    }


async def test_a_form_refused_comes_back_with_the_fault_at_its_field(world: World) -> None:
    ask = asked(await world.say())
    answers: dict[str, Answer] = {"receivers": (BOB,), "words": ("thanks",), "more_tags": ("no/tag",)}
    again = asked(await world.send(ask, answers))
    assert again.known["words"] == ("thanks",)
    assert list(again.errors) == ["more_tags"]
    assert "“no/tag” cannot be a tag" in again.errors["more_tags"]
    empty = asked(await world.send(again, answers | {"words": (" ",), "more_tags": ()}))
    assert list(empty.errors) == ["words"]
    unknown = asked(await world.send(empty, answers | {"receivers": ("nobody",), "more_tags": ()}))
    assert "nobody" in unknown.errors["receivers"]
    assert told(await world.send(unknown, answers | {"more_tags": ()})).startswith("You thanked Bob Roe.")
    assert len(await world.gifts()) == 1


async def test_an_ambiguous_name_asks_which_one_and_keeps_the_rest(world: World) -> None:
    async with world.sessions.begin() as session:
        await people.add(session, "Bobby Roe", email="bobby@corp.test", department="Sales")
        await people.add(session, "Dan Poe", folded_name="bob roe", email="other.bob@corp.test", department="Legal")
    ask = asked(await world.say(CARLA, ', "Bob Roe": thanks #launch'))
    field_of = {f.id: f for f in ask.form.fields}
    which = field_of["receivers"]
    assert isinstance(which, ChoiceField)
    assert "Bob Roe" in which.label
    assert {(o.label, o.detail) for o in which.options} == {
        ("Bob Roe", "Sales · bob@corp.test"),
        ("Dan Poe", "Legal · other.bob@corp.test"),
    }
    assert ask.known == {"words": ("thanks #launch",)}
    assert await world.gifts() == []
    wrong = asked(await world.send(ask, {"receivers": ("999",), "words": ("thanks",)}))
    assert list(wrong.errors) == ["receivers"]
    dan = next(o.value for o in which.options if o.label == "Dan Poe")
    await world.send(ask, {"receivers": (dan,), "words": ("thanks #launch",)})
    (gift,) = await world.gifts()
    assert [name for _, name in gift.receivers] == ["Carla Díaz", "Dan Poe"]
    assert len(await world.told_in()) == 1  # still the place where it was asked for


async def test_a_part_of_a_name_is_no_name(world: World) -> None:
    """One colleague fits "arl", but nobody is guessed."""
    ask = asked(await world.say("“a\0rl” and @oe thanks"))
    (choice, *_) = ask.form.fields
    assert isinstance(choice, ChoiceField)
    assert [o.label for o in choice.options] == ["Carla Díaz"]
    again = asked(await world.send(ask, {"receivers": ("3",), "words": ("thanks",)}))
    (choice, *_) = again.form.fields
    assert isinstance(choice, ChoiceField)
    assert [o.label for o in choice.options] == ["Bob Roe"]
    await world.send(again, {"receivers": ("2",), "words": ("thanks",)})
    assert [[name for _, name in gift.receivers] for gift in await world.gifts()] == [["Carla Díaz", "Bob Roe"]]


async def test_in_the_form_too_an_ambiguous_name_asks_which_one(world: World) -> None:
    ask = asked(await world.say())
    (people_field, *_) = ask.form.fields
    assert isinstance(people_field, PersonField)
    answers: dict[str, Answer] = {"receivers": (BOB, "arl"), "words": ("hi",), "tags": ("fair",), "private": ("on",)}
    which = asked(await world.send(ask, answers))
    assert which.known == {"words": ("hi",), "tags": ("fair",), "private": ("on",)}
    assert which.token != ask.token
    await world.send(which, {**which.known, "receivers": ("3",)})
    (gift,) = await world.gifts()
    assert [name for _, name in gift.receivers] == ["Bob Roe", "Carla Díaz"]
    assert (gift.tags, gift.public) == (("fair",), False)


async def test_a_repeated_turn_gets_the_first_answer_and_gives_once(world: World) -> None:
    first = await world.say(BOB, " thanks", message_id="same")
    assert await world.say(BOB, " thanks", message_id="same") == first
    refused = await world.say(ANA, " me", message_id="no")
    assert await world.say(ANA, " me", message_id="no") == refused
    ask = asked(await world.say("@arl hi", message_id="which"))
    assert replace(asked(await world.say("@arl hi", message_id="which")), token="", state={}) == replace(
        ask, token="", state={}
    )
    assert len(await world.gifts()) == 1


async def test_three_copies_at_once_give_once(world: World) -> None:
    replies = await asyncio.gather(*(world.say(BOB, " thanks", message_id="same") for _ in range(3)))
    assert replies[0] == replies[1] == replies[2]
    assert len(await world.gifts()) == 1


async def test_a_gift_in_private_conversation_is_celebrated_in_subscribed_places_only(world: World) -> None:
    await world.say(BOB, " thanks", conversation="dm-ana", private=True)
    assert await world.told_in() == set()


async def test_the_whole_turn_takes_twelve_round_trips(world: World, database: AsyncEngine) -> None:
    await world.choose(kudos_points=5, kudos_per_day=9, kudos_per_pair_per_day=9)
    seen: list[str] = []

    @event.listens_for(database.sync_engine, "before_cursor_execute")
    def _statement(*call: Any) -> None:
        seen.append(call[2])

    @event.listens_for(database.sync_engine, "begin")
    @event.listens_for(database.sync_engine, "commit")
    def _transaction(_connection: Any) -> None:
        seen.append("BEGIN or COMMIT")

    assert told(await world.say(BOB, " thanks #teamwork")).startswith("You thanked")
    explicit = [said for said in seen if not said.startswith("BEGIN IMMEDIATE")]  # SQLite's own, counted already
    assert len(explicit) <= 12, "\n\n".join(explicit)


async def test_stored_answers_hold_no_more_than_the_turns(world: World, session: Session) -> None:
    await world.say(BOB, " thanks")
    await world.say(ANA, " thanks")
    assert await session.scalar(select(func.count()).select_from(AnsweredTurn)) == 2
