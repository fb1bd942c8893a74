"""Forms are declared once. A channel shows one whole (a modal, a page) or field by field (a chat)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, assert_never

from bot.protocol.elements import Mention

Answer = tuple[str | Mention, ...]
"""What a channel collected for one field: nothing, one item, or several. Persons are mentions, or typed words."""

Answers = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PersonField:
    id: str
    label: str
    many: bool = False
    required: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class TextField:
    id: str
    label: str
    maximum: int = 500  # characters
    lines: Literal["one", "several"] = "several"
    required: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceField:
    id: str
    label: str
    options: tuple[Option, ...]
    many: bool = False
    required: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class NumberField:
    id: str
    label: str
    minimum: int
    maximum: int
    required: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class DateField:
    id: str
    label: str
    required: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ToggleField:
    """On is the answer ("on",), off is the empty answer."""

    id: str
    label: str
    hint: str = ""
    required: bool = False


Field = PersonField | TextField | ChoiceField | NumberField | DateField | ToggleField


@dataclass(frozen=True, slots=True)
class Form:
    """`dialog` names the dialog that takes the submission. Labels are already in the reader's language."""

    dialog: str
    title: str
    fields: tuple[Field, ...]
    submit: str
    intro: str = ""

    def check(self, answers: Answers) -> dict[str, "Fault"]:
        """Return what is wrong with the answers, by field; empty if all are valid."""
        faults = {f.id: find_answer_fault(f, answers.get(f.id, ())) for f in self.fields}
        return {name: fault for name, fault in faults.items() if fault}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an answer will not do: the key of a sentence under `form` in the copy, and its placeholders."""

    key: str
    details: Mapping[str, object] = field(default_factory=dict)


def find_answer_fault(field: Field, answer: Answer) -> Fault | None:
    """Return what is wrong with `answer` for `field`, or None if it is valid."""
    if not any(isinstance(part, Mention) or part.strip() for part in answer):
        return Fault("required") if field.required else None
    words = answer[0] if isinstance(answer[0], str) else ""
    match field:
        case PersonField(many=many):
            return Fault("only_one") if not many and len(answer) > 1 else None
        case TextField(maximum=maximum):
            return Fault("too_long", {"maximum": maximum}) if len(words) > maximum else None
        case ChoiceField(options=options):
            return None if set(answer) <= {o.value for o in options} else Fault("not_an_option")
        case NumberField(minimum=low, maximum=high):
            return None if _number_within(words, low, high) else Fault("number", {"low": low, "high": high})
        case DateField():
            return None if _is_date(words) else Fault("date")
        case ToggleField():
            return None
        case _:
            assert_never(field)


def _number_within(words: str, low: int, high: int) -> bool:
    try:
        return low <= int(words) <= high
    except ValueError:
        return False


def _is_date(words: str) -> bool:
    try:
        date.fromisoformat(words)
    except ValueError:
        return False
    return True
