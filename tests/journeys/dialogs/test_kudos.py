"""Thanking colleagues through the dispatcher: turns in, replies out."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.dialogs.giving.kudos import GIVE_KUDOS_COMMANDS
from bot.dispatch.dispatcher import Bot
from bot.protocol.button_tokens import PressedButton, parse_button_token
from bot.protocol.elements import Button, Mention
from bot.protocol.forms import Answer, ChoiceField, PersonField
from bot.protocol.turns import Command
from engine.db.connection import DatabaseSession, SessionFactory
from engine.outbox.places import get_or_create_place
from engine.turns.inbox import AnsweredTurn
from tests import people
from tests.conftest import NOW, Clock
from tests.databases import both_databases
from tests.journeys.dialogs.kudos_world import ANA, BOB, CARLA, KEY, Waiting, World, asked, card, handed_back, told

UNLABELLED, NAMELESS = Mention("UEVE", account="UEVE"), Mention("", account="UEVE")  # of somebody whom nobody knows
OWN_NAMES = {BOB: '@"Bob Roe"', UNLABELLED: "<@UEVE>", NAMELESS: "<@UEVE>"}  # as they can be sent again


@pytest.fixture
async def world(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> World:
    async with writing.begin() as session:
        await people.add(session, "Ana López")
        await people.add(session, "Bob Roe", department="Sales")
        await people.add(session, "Carla Díaz", folded_name="carla diaz")
        await get_or_create_place(session, channel="web", tenant="", external_id="lobby", name="Lobby", now=NOW)
    bot = Bot(writing, reading, Waiting(), GIVE_KUDOS_COMMANDS, clock, KEY)
    return World(bot, writing)


async def test_one_line_gives_at_once(world: World) -> None:
    reply = await world.say(BOB, " ", CARLA, " thanks for the launch #TeamWork!")
    (gift,) = await world.gifts()
    assert [name for _, name in gift.receivers] == ["Bob Roe", "Carla Díaz"]
    assert (gift.words, gift.tags, gift.public) == ("thanks for the launch #TeamWork!", ("teamwork",), True)
    assert told(reply).startswith("You thanked Bob Roe and Carla Díaz.")
    (undo,) = card(reply).actions
    assert isinstance(undo, Button)
    assert parse_button_token(undo.token, KEY) == PressedButton("undo", f"kudos-{gift.id}")
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


async def test_a_name_of_two_words_needs_no_quotes(world: World) -> None:
    async with world.sessions.begin() as session:
        await people.add(session, "Rob Stone", display_name="Bob Stone", folded_name="bob stone")
    for line in ("@Bob Roe thx", "@bob ROE, @Cárla DIAZ. thx", "thx @Bob Roe"):
        await world.say(line)
    gifts = await world.gifts()
    assert [[name for _, name in gift.receivers] for gift in gifts] == [
        ["Bob Roe"],
        ["Bob Roe", "Carla Díaz"],
        ["Bob Roe"],
    ]
    assert {gift.words for gift in gifts} == {"thx"}


async def test_a_full_name_of_two_people_asks_which_one_of_them(world: World) -> None:
    async with world.sessions.begin() as session:
        await people.add(session, "Robert Roe", display_name="Bob Roe", folded_name="bob roe")
        await people.add(session, "Rob Stone", display_name="Bob Stone", folded_name="bob stone")
    ask = asked(await world.say("@Bob Roe thanks"))
    (which, *_) = ask.form.fields
    assert isinstance(which, ChoiceField)
    assert [o.label for o in which.options] == ["Bob Roe", "Bob Roe"]
    assert ask.known == {"words": ("thanks",)}


async def test_words_after_a_name_stay_words_where_nobody_is_called_so(world: World) -> None:
    await world.say("@Bob Team thanks")
    assert [gift.words for gift in await world.gifts()] == ["Team thanks"]


async def test_more_than_ten_of_one_name_are_counted(world: World) -> None:
    async with world.sessions.begin() as session:
        for number in range(13):
            await people.add(session, f"Eve{number} Poe", display_name="Eve Poe", folded_name="eve poe")
    ask = asked(await world.say("@Eve Poe thanks"))
    (which, *_) = ask.form.fields
    assert isinstance(which, ChoiceField)
    assert len(which.options) == 10
    assert which.hint.startswith("… and 3 more.")


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
        ((UNLABELLED, " hi"), "I do not know anybody called “UEVE”."),
        ((NAMELESS, " hi"), "You mention somebody whom I cannot see."),
        ((Mention(""), " hi"), "You mention somebody whom I cannot see."),
        (("@nobody hi",), "I do not know anybody called “nobody”."),
        (('"' + "x" * 255 + '" hi',), f"I do not know anybody called “{'x' * 40}…”."),
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


@pytest.mark.parametrize("words", ['"You rock" is what they said', "{json} parsing rocks", "eve@corp.test says thanks"])
async def test_words_that_look_like_a_receiver_can_be_sent_again(world: World, words: str) -> None:
    await world.choose(kudos_per_pair_per_day=1)
    await world.say(BOB, " thanks")
    (again,) = handed_back(await world.say(BOB, f" {words}"))
    world.bot.clock.advance(days=1)
    await world.bot.handle(Command(world.source(), "", (again,)))
    assert [(gift.words, len(gift.receivers)) for gift in await world.gifts()] == [("thanks", 1), (words, 1)]


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
    world.bot.site = "https://laurel.corp.test"
    assert "Link to this celebration" in told(await world.say(CARLA, " thanks"))
    ask = asked(await world.say())
    reply = await world.send(ask, {"receivers": (BOB,), "words": ("between us",), "private": ("on",)})
    assert "Only they and you can see it." in told(reply)
    assert "Link" not in told(reply)
    assert [gift.public for gift in await world.gifts()] == [True, False]
    assert len(await world.told_in()) == 1


async def test_what_is_incomplete_asks_with_what_is_known(world: World) -> None:
    only_words = asked(await world.say("great work everybody #launch"))
    assert only_words.known == {"words": ("great work everybody #launch",)}
    only_receivers = asked(await world.say(BOB, " @carla, ana@corp.test @nobody"))
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


async def test_a_form_gives_once_however_often_it_is_sent(world: World) -> None:
    ask = asked(await world.say())
    assert asked(await world.send(ask, {"receivers": (BOB,), "words": (" ",)})).errors
    assert asked(await world.send(ask, {"receivers": (ANA,), "words": ("thanks",)})).errors
    first = await world.send(ask, {"receivers": (BOB,), "words": ("thanks",)})
    assert told(first).startswith("You thanked Bob Roe.")
    assert await world.send(ask, {"receivers": (CARLA,), "words": ("more thanks",)}) == first
    assert await world.send(ask, {"receivers": (), "words": ()}) == first
    assert [gift.words for gift in await world.gifts()] == ["thanks"]


@both_databases
async def test_a_form_that_is_sent_five_times_at_once_gives_once(world: World) -> None:
    ask = asked(await world.say())
    answers: list[dict[str, Answer]] = [{"receivers": (BOB,), "words": (f"thanks {n}",)} for n in range(5)]
    replies = await asyncio.gather(*(world.send(ask, each) for each in answers))
    assert all(reply == replies[0] for reply in replies)
    assert len(await world.gifts()) == 1


async def test_the_question_which_one_belongs_to_the_form_that_led_to_it(world: World) -> None:
    ask = asked(await world.say())
    answers: dict[str, Answer] = {"receivers": ("arl",), "words": ("hi",)}
    which, another = asked(await world.send(ask, answers)), asked(await world.send(ask, answers))
    first = await world.send(which, {**which.known, "receivers": ("3",)})
    assert await world.send(another, {**another.known, "receivers": ("3",)}) == first
    assert await world.send(ask, {"receivers": (BOB,), "words": ("hi",)}) == first
    assert len(await world.gifts()) == 1


async def test_the_form_of_another_command_gives_again(world: World) -> None:
    for _ in range(2):
        await world.send(asked(await world.say()), {"receivers": (BOB,), "words": ("thanks",)})
    assert len(await world.gifts()) == 2


async def test_what_a_question_keeps_can_be_stored(world: World) -> None:
    ask = asked(await world.say("“a\0rl” thanks"))
    assert "\\u0000" not in json.dumps(ask.state)


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


@both_databases
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


async def test_typed_names_take_three_more_however_many_they_are(world: World, database: AsyncEngine) -> None:
    seen: list[str] = []
    event.listen(database.sync_engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    await world.say(BOB, " ", CARLA, " thanks")
    mentioned = len(seen)
    await world.say("@bob @Carla Díaz thanks")
    assert len(seen) - mentioned == mentioned + 3
    assert len(await world.gifts()) == 2


async def test_stored_answers_hold_no_more_than_the_turns(world: World, session: DatabaseSession) -> None:
    await world.say(BOB, " thanks")
    await world.say(ANA, " thanks")
    assert await session.scalar(select(func.count()).select_from(AnsweredTurn)) == 2
