"""The table of journeys: each command done and refused, written once for every channel."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from bot.dialogs.admin.announce import PRIVATE_ANSWER_CHANNELS
from bot.i18n.copy import Copy
from bot.protocol.elements import render_spans_as_text
from tests.journeys.wire.seen import GENERAL, WINS, Answers, Asked, Hand, Shown, sentence
from tests.journeys.wire.world import PEOPLE, World

Outcome = Literal["done", "refused"]
OUTCOMES: tuple[Outcome, ...] = ("done", "refused")


@dataclass
class Stage:
    """Where a journey takes place: the hand of the channel at hand, and that of another channel."""

    world: World
    hand: Hand
    other: Hand

    @property
    def copy(self) -> Copy:
        return self.world.copy

    async def say(self, who: str, line: str, at: str = GENERAL) -> Shown:
        """Send a line that is answered."""
        await self.hand.say(who, line, at)
        return self.answer

    async def ask(self, who: str, line: str, at: str = GENERAL) -> Asked:
        """Send a line that opens a form."""
        await self.hand.say(who, line, at)
        return self.form

    async def fill(self, who: str, answers: Answers) -> Shown:
        """Send the open form, which is answered."""
        await self.hand.submit(who, answers)
        return self.answer

    async def miss(self, who: str, answers: Answers) -> Asked:
        """Send the open form, which stays open with errors."""
        await self.hand.submit(who, answers)
        return self.form

    async def press(self, who: str, key: str, card: Shown) -> Shown:
        """Press the button whose label is the sentence `key`."""
        await self.hand.press(who, self.copy.line(key), card)
        return self.answer

    async def celebrations(self, at: str = GENERAL, hand: Hand | None = None) -> list[Shown]:
        """What is shown to everybody in a place, but for the line that the place follows the celebrations."""
        shown = await (hand or self.hand).public(at)
        return [card for card in shown if not self.says(card.text, "announce.now_on")]

    @property
    def answer(self) -> Shown:
        assert self.hand.answer, "nobody was told anything"
        return self.hand.answer

    @property
    def form(self) -> Asked:
        assert self.hand.form, f"no form, but {self.hand.answer}"
        return self.hand.form

    def says(self, text: str, key: str, **values: object) -> bool:
        """Whether the sentence `key` is in the text, in the people's language."""
        return bool(sentence(self.copy, key, **values).search(text))

    def tells(self, shown: Shown, key: str, **values: object) -> None:
        """Fail unless the card says the sentence `key`; values that are not given may be anything."""
        assert self.says(shown.text, key, **values), f"{key} is not in:\n{shown.text}"

    def tells_of_place(self, hand: Hand, key: str) -> None:
        """Fail unless that hand was told so of WINS; where the answer came elsewhere, it names the place."""
        assert hand.answer
        if hand.channel in PRIVATE_ANSWER_CHANNELS:
            self.tells(hand.answer, f"{key}_there", place=WINS)
        else:
            self.tells(hand.answer, key)

    def hands_back(self, shown: Shown, line: str) -> None:
        """Fail unless the card has the line, with "{bob}" as a name that can be sent again."""
        pattern = "".join(
            f'@"?{re.escape(PEOPLE[name[1:-1]])}"?' if name[:1] == "{" else re.escape(name)
            for name in re.split(r"(\{\w+\})", line)
        )
        assert re.search(pattern, shown.text), f"{line} is not in:\n{shown.text}"

    def blames(self, form: Asked, field: str, key: str, **values: object) -> None:
        """Fail unless the form says the sentence `key` at that field, and nothing at any other."""
        assert form.errors.keys() == {field}
        assert self.says(form.errors[field], key, **values), f"{key} is not {form.errors[field]!r}"

    def names(self, *handles: str) -> str:
        """The names of several people, as a list in the language."""
        return render_spans_as_text(self.copy.names(PEOPLE[who] for who in handles))

    async def points(self, who: str, count: int, hand: Hand | None = None) -> None:
        """Fail unless that person has so many points."""
        asked = hand or self.hand
        await asked.say(who, "/laurel points")
        assert asked.answer
        if count:
            self.tells(asked.answer, "points.balance", count=count)
        else:
            assert self.says(asked.answer.text, "points.nothing_yet") or self.says(
                asked.answer.text, "points.balance", count=0
            )


Act = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True)
class Journey:
    verb: str
    outcome: Outcome
    act: Act

    @property
    def name(self) -> str:
        return f"{self.verb}-{self.outcome}-{self.act.__name__}"


JOURNEYS: list[Journey] = []


def journey(verb: str, outcome: Outcome) -> Callable[[Act], Act]:
    """Add the function to the table, as a journey of that command with that outcome."""

    def add(act: Act) -> Act:
        JOURNEYS.append(Journey(verb, outcome, act))
        return act

    return add
