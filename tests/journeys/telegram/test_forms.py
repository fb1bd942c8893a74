"""Forms, one question at a time: forth and back, chosen, searched, corrected, sent, given up."""

from collections.abc import AsyncIterator, Callable

import pytest

from bot.dialogs.commands import ALL_COMMANDS
from bot.dialogs.dialog import CommandSpec, Dialog, DialogContext
from bot.protocol.elements import Card, Mention
from bot.protocol.forms import ChoiceField, DateField, Form, NumberField, Option, PersonField, TextField, ToggleField
from bot.protocol.turns import Ask, Reply, Say, Submission, Words
from engine.db.connection import SessionFactory
from engine.errors import Refused
from engine.people.models import Person
from tests.conftest import NOW, Clock
from tests.platforms import telegram_updates as updates
from tests.platforms.telegram import buttons
from tests.platforms.telegram_bot import PEOPLE, TelegramBot, labels, link, sender, telegram_bot
from tests.waiting import until

MOODS = tuple(Option(f"m{n}", f"Mood {n}", "the loudest" if n == 11 else "") for n in range(20))
TAGS = tuple(Option(f"t{n}", f"Tag {n}") for n in range(10))


class Order:
    """A dialog with a field of each kind, that keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, list[str]]] = []

    @property
    def verb(self) -> CommandSpec:
        return CommandSpec(
            "order", Dialog("order", self.form, self.submitted, {"self_award": "who"}), self.command, writes=True
        )

    async def command(self, talk: DialogContext, words: Words) -> Reply:
        return Ask(await self.form(talk))

    async def form(self, talk: DialogContext) -> Form:
        fields = (
            PersonField("who", "Who?"),
            TextField("words", "What?", 20, hint="In a few words"),
            ChoiceField("mood", "How?", MOODS),
            ChoiceField("tags", "Tags?", TAGS, many=True, required=False),
            NumberField("count", "How many?", 1, 9),
            DateField("day", "When?", required=False),
            ToggleField("private", "In private?"),
        )
        return Form("order", "An order", fields, "Order it", "Seven questions.")

    async def submitted(self, talk: DialogContext, turn: Submission) -> Reply:
        self.sent.append({name: [_plain(one) for one in answer] for name, answer in turn.answers.items()})
        if "Ana López" in self.sent[-1]["who"]:
            raise Refused("self_award")
        return Say(Card("Ordered", "It is ordered"))


def _plain(part: str | Mention) -> str:
    return part if isinstance(part, str) else part.name


@pytest.fixture(params=["sqlite"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def order() -> Order:
    return Order()


def nameless(name: str, department: str) -> Person:
    """A colleague who is on no channel."""
    email = f"{name.split()[1].lower()}@corp.test"
    known = {"display_name": name, "folded_name": name.lower(), "department": department, "email": email}
    return Person(created_at=NOW, updated_at=NOW, **known)


@pytest.fixture
async def corp(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, order: Order
) -> AsyncIterator[TelegramBot]:
    await link(writing)
    async with writing.begin() as session:
        session.add(nameless("Sam Hill", "Design"))
        session.add(nameless("Sam Stone", "Support"))
    async with telegram_bot(writing, reading, clock, (*ALL_COMMANDS, order.verb)) as driven:
        await until(lambda: driven.channel.trouble() is None)
        yield driven


async def to_the_end(corp: TelegramBot) -> None:
    for line in ("/order", "Bob Roe", "a cake", "Mood 3"):
        await corp.says("ana", line)
    await corp.presses("ana", "Skip")
    await corp.says("ana", "2")
    await corp.presses("ana", "Skip")
    await corp.presses("ana", "No")


async def test_every_kind_of_question_is_asked_and_sent_as_one(corp: TelegramBot, order: Order) -> None:
    await corp.says("ana", "/order")
    assert "An order\nSeven questions.\n\nQuestion 1 of 7\nWho?" in corp.text("ana")
    await corp.says("ana", "bob")
    assert "Who? Bob Roe" in corp.text("ana")
    assert "In a few words" in corp.text("ana")
    await corp.says("ana", "a cake & <more>")
    await corp.presses("ana", "Mood 3")
    await corp.presses("ana", "Tag 1")
    await corp.presses("ana", "Tag 4")
    await corp.presses("ana", "✓ Tag 1")
    await corp.presses("ana", "Done")
    await corp.says("ana", "3")
    await corp.says("ana", "2026-03-31")
    await corp.presses("ana", "Yes")
    assert "What? a cake & <more>\nHow? Mood 3\nTags? Tag 4\nHow many? 3\nWhen? 2026-03-31" in corp.text("ana")
    assert labels(corp.last("ana")) == ["Order it", "Back", "Cancel"]
    assert order.sent == []
    await corp.presses("ana", "Order it")
    assert corp.text("ana") == "Ordered"
    assert labels(corp.last("ana")) == []
    one = {"who": ["Bob Roe"], "words": ["a cake & <more>"], "mood": ["m3"], "tags": ["t4"], "count": ["3"]}
    assert order.sent == [one | {"day": ["2026-03-31"], "private": ["on"]}]


async def test_what_may_stay_open_is_skipped_at_once(corp: TelegramBot, order: Order) -> None:
    for line in ("/order", "Bob Roe", "a cake", "Mood 3"):
        await corp.says("ana", line)
    assert "Skip the rest" not in labels(corp.last("ana")), "a number must be given"
    await corp.presses("ana", "Tag 4")
    await corp.presses("ana", "Done")
    await corp.says("ana", "2")
    await corp.presses("ana", "Skip the rest")
    assert labels(corp.last("ana")) == ["Order it", "Back", "Cancel"]
    await corp.presses("ana", "Order it")
    one = {"who": ["Bob Roe"], "words": ["a cake"], "mood": ["m3"], "tags": ["t4"], "count": ["2"]}
    assert order.sent == [one | {"day": [], "private": []}]


async def test_thanks_take_three_steps(corp: TelegramBot) -> None:
    for line in ("/kudos", "Bob Roe", "for the calm review"):
        await corp.says("ana", line)
    await corp.presses("ana", "Skip the rest")
    await corp.presses("ana", "Send")
    assert "You thanked Bob Roe" in corp.text("ana")


async def test_choices_are_paged(corp: TelegramBot) -> None:
    for line in ("/order", "Bob Roe", "a cake"):
        await corp.says("ana", line)
    first = corp.last("ana")["message_id"]
    assert labels(corp.last("ana")) == [*(f"Mood {n}" for n in range(8)), "More ›", "Back", "Cancel"]
    await corp.presses("ana", "More ›")
    assert labels(corp.last("ana"))[:8] == [f"Mood {n}" for n in range(8, 16)]
    assert "• Mood 11 – the loudest" in corp.text("ana")
    await corp.presses("ana", "More ›")
    assert labels(corp.last("ana")) == [*(f"Mood {n}" for n in range(16, 20)), "‹ Before", "Back", "Cancel"]
    await corp.presses("ana", "‹ Before")
    await corp.presses("ana", "Mood 11")
    assert "How? Mood 11" in corp.text("ana")
    assert corp.last("ana")["message_id"] == first, "one message is edited, no trail"


async def test_back_keeps_what_was_answered(corp: TelegramBot, order: Order) -> None:
    for line in ("/order", "Bob Roe", "a cake"):
        await corp.says("ana", line)
    await corp.presses("ana", "Back")
    assert "So far: a cake" in corp.text("ana")
    assert labels(corp.last("ana")) == ["Back", "Keep it", "Cancel"]
    await corp.presses("ana", "Back")
    assert "Back" not in labels(corp.last("ana"))
    await corp.presses("ana", "Keep it")
    assert "How?" in corp.text("ana")
    await corp.presses("ana", "Back")
    await corp.says("ana", "two cakes")
    assert "What? two cakes" in corp.text("ana")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("x" * 21,), "⚠️ At most 20 characters, please."),
        (("a cake", "Mood 99"), "⚠️ Please choose one of the options."),
        (("a cake", "Mood 3", "/skip", "many"), "⚠️ A whole number from 1 to 9, please."),
        (("a cake", "Mood 3", "/skip", "10"), "⚠️ A whole number from 1 to 9, please."),
        (("a cake", "Mood 3", "/skip", "2", "tomorrow"), "⚠️ Please choose a date."),
        (("a cake", "Mood 3", "/skip", "2", "/skip", "perhaps"), "⚠️ Please choose one of the options."),
    ],
)
async def test_what_is_wrong_is_said_at_its_question(
    corp: TelegramBot, order: Order, lines: tuple[str, ...], said: str
) -> None:
    for line in ("/order", "Bob Roe", *lines):
        await (corp.presses("ana", "Skip") if line == "/skip" else corp.says("ana", line))
    assert said in corp.text("ana")
    assert "Who? Bob Roe" in corp.text("ana")
    assert order.sent == []


async def test_a_sticker_is_no_answer(corp: TelegramBot) -> None:
    sticker = {"file_id": "f", "file_unique_id": "u", "type": "regular", "width": 1, "height": 1}
    sticker |= {"is_animated": False, "is_video": False}
    await corp.hears(updates.message("", sender("ana"), sticker=sticker))
    assert corp.telegram.messages == {}
    await corp.says("ana", "/order")
    await corp.hears(updates.message("", sender("ana"), sticker=sticker))
    assert "⚠️ Please fill this in." in corp.text("ana")


async def test_people_are_searched_and_those_thanked_lately_offered(corp: TelegramBot, clock: Clock) -> None:
    await corp.says("ana", "/kudos [Carla Díaz](1003) thanks for the plan")
    await corp.says("ana", "/order")
    assert labels(corp.last("ana")) == ["Carla Díaz", "Pick a contact…", "Cancel"]
    await corp.says("ana", "Zoltan")
    assert "⚠️ I know no colleague called “Zoltan”." in corp.text("ana")
    await corp.says("ana", "Sam")
    assert "⚠️ Several colleagues fit “Sam”." in corp.text("ana")
    assert labels(corp.last("ana")) == ["Sam Hill", "Sam Stone", "Pick a contact…", "Cancel"]
    assert "• Sam Stone – Support · stone@corp.test" in corp.text("ana")
    await corp.presses("ana", "Sam Stone")
    assert "Who? Sam Stone" in corp.text("ana")


async def test_for_one_person_one_contact_is_picked(corp: TelegramBot) -> None:
    await corp.says("ana", "/order")
    await corp.presses("ana", "Pick a contact…")
    (button,) = corp.telegram.below(PEOPLE["ana"][0])
    assert button["request_users"]["max_quantity"] == 1
    shared = {"request_id": button["request_users"]["request_id"], "users": [{"user_id": 1002}, {"user_id": 1003}]}
    await corp.hears(updates.message("", sender("ana"), users_shared=shared))
    assert "Who? Bob Roe\n" in corp.text("ana")


async def test_several_people_by_buttons_and_by_name(corp: TelegramBot, clock: Clock) -> None:
    await corp.says("ana", "/kudos [Carla Díaz](1003) thanks for the plan")
    await corp.says("ana", "/kudos")
    await corp.presses("ana", "Carla Díaz")
    assert "✓ Carla Díaz" in labels(corp.last("ana"))
    await corp.says("ana", "@bob, Sam")
    assert "So far: Carla Díaz, Bob Roe" in corp.text("ana")
    await corp.presses("ana", "Sam Hill")
    await corp.presses("ana", "✓ Bob Roe")
    await corp.presses("ana", "Done")
    assert "Who would you like to thank? Carla Díaz, Sam Hill" in corp.text("ana")


async def test_a_late_press_never_chooses_somebody_else(corp: TelegramBot) -> None:
    await corp.says("ana", "/kudos [Carla Díaz](1003) thanks for the plan")
    await corp.says("ana", "/kudos")
    await corp.says("ana", "@bob, Zoltan")
    assert [one for one in labels(corp.last("ana")) if "✓" in one] == ["✓ Bob Roe"]
    shown = corp.telegram.message(PEOPLE["ana"][0], corp.last("ana")["message_id"])
    bob = next(one for one in buttons(corp.last("ana")) if one["text"] == "✓ Bob Roe")
    for _ in range(3):
        await corp.hears(updates.press(bob["callback_data"], sender("ana"), shown))
    assert [one for one in labels(corp.last("ana")) if "✓" in one] == []


async def test_a_refusal_comes_back_to_its_question_with_everything_kept(corp: TelegramBot, order: Order) -> None:
    await to_the_end(corp)
    for _ in range(7):
        await corp.presses("ana", "Back")
    await corp.says("ana", "Ana López")
    await corp.presses("ana", "Order it")
    assert "⚠️ " in corp.text("ana")
    assert "What? a cake" in corp.text("ana")
    assert "So far: Ana López" in corp.text("ana")
    await corp.says("ana", "Bob Roe")
    await corp.presses("ana", "Order it")
    assert [one["who"] for one in order.sent] == [["Ana López"], ["Bob Roe"]]
    assert corp.text("ana") == "Ordered"


async def test_cancelled_is_closed(corp: TelegramBot, order: Order) -> None:
    await corp.says("ana", "/order")
    shown = corp.telegram.message(PEOPLE["ana"][0], corp.last("ana")["message_id"])
    await corp.presses("ana", "Cancel")
    assert corp.text("ana") == "Cancelled. Nothing was sent."
    assert labels(corp.last("ana")) == []
    sent = await corp.hears(updates.press("step:who:cancel:", sender("ana"), shown))
    told = corp.telegram.answered[sent["callback_query"]["id"]]
    assert told["text"] == "That form is closed. Please send the command again."
    await corp.says("ana", "points")
    assert "You have" in corp.text("ana") or "points" in corp.text("ana")


async def test_a_form_that_was_forgotten_says_so(corp: TelegramBot, clock: Clock) -> None:
    await corp.says("ana", "/order")
    clock.advance(days=2)
    assert await corp.presses("ana", "Cancel") == "That form is closed. Please send the command again."


async def test_the_second_form_closes_the_first(corp: TelegramBot) -> None:
    await corp.says("ana", "/order")
    first = corp.telegram.message(PEOPLE["ana"][0], corp.last("ana")["message_id"])
    await corp.says("ana", "/kudos")
    sent = await corp.hears(updates.press("step:who:cancel:", sender("ana"), first))
    assert corp.telegram.answered[sent["callback_query"]["id"]]["text"].startswith("That form is closed")
    assert "Who would you like to thank?" in corp.text("ana")


async def test_commands_work_while_a_form_waits(corp: TelegramBot) -> None:
    await corp.says("ana", "/order")
    await corp.says("ana", "/points")
    assert "points" in corp.text("ana")
    await corp.says("ana", "Bob Roe")
    assert "Who? Bob Roe" in corp.text("ana")


async def again(corp: TelegramBot, sent: dict[str, object], change: Callable[[], dict[str, object]]) -> None:
    for _ in range(3):
        await corp.hears(sent)
        await corp.hears(sent | change())  # what another replica would see


async def test_what_comes_again_changes_nothing(corp: TelegramBot, order: Order) -> None:
    def as_new() -> dict[str, object]:
        return {"update_id": updates.update()["update_id"]}

    await corp.says("ana", "/order")
    await again(corp, await corp.says("ana", "Bob Roe"), as_new)
    assert "Question 2 of 7" in corp.text("ana")
    await corp.says("ana", "a cake")
    shown = corp.telegram.message(PEOPLE["ana"][0], corp.last("ana")["message_id"])
    await again(corp, await corp.hears(updates.press("step:mood:on:3", sender("ana"), shown)), as_new)
    assert "Question 4 of 7" in corp.text("ana")
    await again(corp, await corp.hears(updates.press("step:tags:on:3", sender("ana"), shown)), as_new)
    assert "So far: Tag 3" in corp.text("ana")
    await corp.presses("ana", "Done")
    await corp.says("ana", "2")
    await corp.presses("ana", "Skip")
    await corp.presses("ana", "No")
    shown = corp.telegram.message(PEOPLE["ana"][0], corp.last("ana")["message_id"])
    await again(corp, await corp.hears(updates.press("step::send:", sender("ana"), shown)), as_new)
    assert corp.text("ana") == "Ordered"
    assert len(order.sent) == 1


@pytest.mark.parametrize(
    "data",
    [
        "step:", "step:who", "step:who:on:", "step:who:on:99", "step:who:on:-1", "step:who:page:9", "step:who:off:x",
        "step:who:send:", "step:who:nonsense:", "step:words:skip:", "step::send:", "step:who:skip:", "step:who:keep:",
        "step:who:yes:", "step:who:on:٣",
    ],
)  # fmt: skip
async def test_a_made_up_step_harms_nothing(corp: TelegramBot, order: Order, data: str) -> None:
    await corp.says("ana", "/order")
    shown = corp.telegram.message(PEOPLE["ana"][0], corp.last("ana")["message_id"])
    sent = await corp.hears(updates.press(data, sender("ana"), shown))
    assert sent["callback_query"]["id"] in corp.telegram.answered
    assert "Question 1 of 7" in corp.text("ana")
    assert order.sent == []
    sent = await corp.hears(updates.press("step:who:cancel:", sender("bob"), shown))
    assert corp.telegram.answered[sent["callback_query"]["id"]]["text"].startswith("That form is closed")
    assert "Question 1 of 7" in corp.text("ana")


async def test_the_message_of_the_form_was_deleted(corp: TelegramBot) -> None:
    await corp.says("ana", "/order")
    key = (PEOPLE["ana"][0], corp.last("ana")["message_id"])
    shown = corp.telegram.message(*key)
    await corp.says("ana", "Bob Roe")
    assert buttons(corp.telegram.messages[key]) == [], "the question above has lost its buttons"
    del corp.telegram.messages[(key[0], corp.last("ana")["message_id"])]
    await corp.says("ana", "a cake")
    assert "How?" in corp.text("ana")
    assert shown
