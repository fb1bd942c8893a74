"""What people see, the same on every channel, and the sentences of the copy found again in it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, Protocol

from bot.i18n.catalog import load_sentences
from bot.i18n.copy import Copy

GENERAL, WINS, ANNOUNCEMENTS, PRIVATE = "general", "wins", "announcements", "laurel"  # places; with the bot alone
Answers = Mapping[str, str | Sequence[str] | bool]
"""What is filled in, by field: words; people by handle or options by (a part of) what they show; on or off."""


@dataclass(frozen=True)
class Shown:
    """A card, as somebody reads it. `buttons` lead from a label to what the hand needs to press it."""

    texts: tuple[str, ...]
    buttons: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All of it; spaces count once."""
        return "\n".join(" ".join(text.replace("\u200b", "").split()) for text in self.texts)


@dataclass(frozen=True)
class Asked(Shown):
    """A form that is open: what each field holds, as it is read, and what it has to say against it."""

    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    wire: Any = None  # what the hand needs to send it


class Hand(Protocol):
    """What people do on one channel. After each act one of `answer` and `form` is there."""

    channel: str
    answer: Shown | None  # what the person alone was told
    form: Asked | None

    async def say(self, who: str, line: str, at: str = GENERAL) -> None:
        """Send a line, in which "{bob}" is a mention, in a place or to the bot alone."""

    async def submit(self, who: str, answers: Answers) -> None:
        """Fill in the open form, on top of what it holds, and send it."""

    async def press(self, who: str, label: str, card: Shown) -> None:
        """Press the button of that label, though the card be another person's."""

    async def again(self, times: int) -> None:
        """The last request arrives `times` more."""

    async def public(self, at: str) -> list[Shown]:
        """The bot's cards that everybody sees in the place, as they are now, oldest first."""

    async def direct(self, who: str) -> list[Shown]:
        """The bot's cards in its conversation with that person, oldest first."""


def sentence(copy: Copy, key: str, **values: object) -> re.Pattern[str]:
    """What finds the sentence `key` in a text: values that are not given may be anything. KeyError for another key."""
    found = load_sentences(copy.language)[key]
    forms = [found] if isinstance(found, str) else found.values()
    return re.compile("|".join(_pattern(form, values) for form in forms), re.DOTALL)


def _pattern(words: str, values: Mapping[str, object]) -> str:
    out = ""
    for literal, name, _spec, _conversion in Formatter().parse(words):
        out += re.escape(literal)
        if name is not None:
            out += re.escape(str(values[name])) if name in values else ".*?"
    return out
