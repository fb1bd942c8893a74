"""The question at hand as a message: what was answered so far, what is asked, and buttons for what can be pressed.

Each button says `step:FIELD:DEED:NUMBER`: a press that comes late, at another question, is known by its field.
"""

import re
from collections.abc import Iterator, Sequence
from typing import assert_never

from telegram import InlineKeyboardButton

from bot.i18n.copy import Copy
from bot.protocol.elements import Bold, Mention, Muted, Span
from bot.protocol.forms import (
    Answer,
    ChoiceField,
    DateField,
    Field,
    NumberField,
    Option,
    PersonField,
    TextField,
    ToggleField,
)
from channels.telegram import limits
from channels.telegram.forms import progress
from channels.telegram.forms.progress import Walk
from channels.telegram.render.cards import Message, Rows, button, written
from channels.telegram.render.entities import Line, clip, line

STEP = "step"

SUMMARY = ""  # stands for the field where there is no question left

LONGEST_FIELD = 40  # bytes of a field's id behind a button

HELD = 200  # units of an answer that is shown again

CHOSEN = "✓ "

NAME = limits.LABEL - len(CHOSEN)

NUMBERED = re.compile(r"\d\.(?= )")


def question(at: Walk, copy: Copy) -> Message:
    """What to show of the form now."""
    asked = at.question
    lines: list[Line] = [line((Bold(at.ask.form.title),))]
    if at.ask.form.intro.strip() and (at.at == 0 or asked is None):
        lines.append(line((at.ask.form.intro,)))
    lines += [line((Bold(f"{f.label}"), " ", *_held(f, at.answers.get(f.id, ()), copy))) for f in _settled(at)]
    in_their_place = {f.id for f in at.fields} if asked else set()
    lines += [_warning(words) for name, words in at.errors.items() if name not in in_their_place]
    if asked is None:
        return written([*lines, (), line((Muted(copy.line("telegram.ready")),))], _summary_rows(at, copy), copy)
    lines += [(), line((Muted(copy.line("telegram.step", number=at.at + 1, count=len(at.fields))),))]
    lines += [one for one in _asked(asked, at, copy) if one]
    return written(lines, tuple(_rows(asked, at, copy)), copy)


def _warning(words: str) -> Line:
    return line((f"⚠️ {words}",))


def data(field: str, deed: str, number: int | str = "") -> str:
    """What stands behind a button of a form."""
    return f"{STEP}:{field.encode()[:LONGEST_FIELD].decode(errors='ignore')}:{deed}:{number}"


def _settled(at: Walk) -> Iterator[Field]:
    """The fields that hold an answer already; at the summary all of them."""
    for f in at.fields:
        if at.question is None or (f.id != at.question.id and at.answers.get(f.id)):
            yield f


def _held(field: Field, answer: Answer, copy: Copy) -> tuple[Span, ...]:
    if isinstance(field, ToggleField):
        return (copy.line("telegram.yes" if answer else "telegram.no"),)
    if not answer:
        return ("–",)
    match field:
        case ChoiceField(options=options):
            labels = {option.value: option.label for option in options}
            return (", ".join(labels.get(str(value), str(value)) for value in answer),)
        case PersonField():
            return (clip(", ".join(_written(one) for one in answer), HELD),)
        case TextField() | NumberField() | DateField():
            return (clip(" ".join(_written(one) for one in answer), HELD),)
        case _:
            assert_never(field)


def _written(part: str | Mention) -> str:
    return part if isinstance(part, str) else part.name


def _asked(field: Field, at: Walk, copy: Copy) -> Iterator[Line]:
    yield line((Bold(field.label),))
    if field.id in at.errors:
        yield _warning(at.errors[field.id])
    if field.hint.strip():
        yield line((Muted(field.hint),))
    yield line((Muted(_how(field, at, copy)),))
    for _, option, name in _page(at):
        if option.detail.strip():
            yield line((f"{_mark(name)} {option.label} – ", Muted(option.detail)))
        elif name != option.label:
            yield line((f"{_mark(name)} {option.label}",))
    if at.answer:
        yield line((copy.line("telegram.so_far"), " ", *_held(field, at.answer, copy)))


def _how(field: Field, at: Walk, copy: Copy) -> str:
    """How to answer."""
    match field:
        case PersonField(many=many):
            key = "telegram.how_people" if many else "telegram.how_person"
            return copy.line(key)
        case TextField(maximum=maximum):
            return copy.line("telegram.how_text", maximum=maximum)
        case ChoiceField(many=many):
            return copy.line("telegram.how_choices" if many else "telegram.how_choice")
        case NumberField(minimum=low, maximum=high):
            return copy.line("telegram.how_number", low=low, high=high)
        case DateField():
            return copy.line("telegram.how_date")
        case ToggleField():
            return copy.line("telegram.how_toggle")
        case _:
            assert_never(field)


def _page(at: Walk) -> list[tuple[int, Option, str]]:
    """The options that are shown: what stands for each behind its button, and what the button is called."""
    first = at.page * limits.PAGE
    there = list(progress.numbered(at))[first : first + limits.PAGE]
    names = _told_apart([option for _, option in there])
    return [(number, option, name) for (number, option), name in zip(there, names, strict=True)]


def _told_apart(options: Sequence[Option]) -> list[str]:
    """The options as buttons name them. Two that look alike show their details; who still does, a number."""
    short = [clip(option.label, NAME) for option in options]
    details = [clip(" – ".join(filter(str.strip, (option.label, option.detail))), NAME) for option in options]
    longer = [more if short.count(name) > 1 else name for name, more in zip(short, details, strict=True)]
    numbered = [f"{place}. {option.label}" for place, option in enumerate(options, 1)]
    return [clip(full, NAME) if longer.count(name) > 1 else name for name, full in zip(longer, numbered, strict=True)]


def _mark(name: str) -> str:
    """What stands before an option where the list spells it out: its number, if its button has one."""
    number = NUMBERED.match(name)
    return number[0] if number else "•"


def _rows(field: Field, at: Walk, copy: Copy) -> Iterator[tuple[InlineKeyboardButton, ...]]:
    for number, option, name in _page(at):
        on = progress.is_chosen(at, option)
        label = f"{CHOSEN}{name}" if on else name
        yield (button(label, data(field.id, "off" if on and at.many else "on", number)),)
    if isinstance(field, ToggleField):
        yes, no = copy.line("telegram.yes"), copy.line("telegram.no")
        yield button(yes, data(field.id, "yes")), button(no, data(field.id, "no"))
    if isinstance(field, PersonField):
        yield (button(copy.line("telegram.pick_contact"), data(field.id, "contacts")),)
    pages = tuple(_pages(field, at, copy))
    if pages:
        yield pages
    if progress.is_enough(at):
        yield (button(copy.line("telegram.enough"), data(field.id, "enough")),)
    yield tuple(_moves(field, at, copy))


def _pages(field: Field, at: Walk, copy: Copy) -> Iterator[InlineKeyboardButton]:
    if at.page:
        yield button(copy.line("telegram.earlier"), data(field.id, "page", at.page - 1))
    if (at.page + 1) * limits.PAGE < len(at.options):
        yield button(copy.line("telegram.later"), data(field.id, "page", at.page + 1))


def _moves(field: Field, at: Walk, copy: Copy) -> Iterator[InlineKeyboardButton]:
    if at.at:
        yield button(copy.line("telegram.back"), data(field.id, "back"))
    if not field.required and not at.answer and not isinstance(field, ToggleField):
        yield button(copy.line("telegram.skip"), data(field.id, "skip"))
    if at.answer:
        yield button(copy.line("telegram.done" if at.many else "telegram.keep"), data(field.id, "keep"))
    yield button(copy.line("telegram.cancel"), data(field.id, "cancel"))


def _summary_rows(at: Walk, copy: Copy) -> Rows:
    last = (
        button(copy.line("telegram.back"), data(SUMMARY, "back")),
        button(copy.line("telegram.cancel"), data(SUMMARY, "cancel")),
    )
    return ((button(at.ask.form.submit, data(SUMMARY, "send")),), last)
