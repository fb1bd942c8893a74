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
from channels.telegram.forms.progress import FormProgress, is_form_sufficient, is_option_chosen, number_options
from channels.telegram.render.cards import ButtonRows, TelegramMessage, render_telegram_button, render_telegram_lines
from channels.telegram.render.entities import TextLine, build_text_line, clip_telegram_text

STEP_PREFIX = "step"
SUMMARY_FIELD = ""  # stands for the field where there is no question left
MAX_FIELD_ID_BYTES = 40  # bytes of a field's id behind a button
MAX_SHOWN_ANSWER_LENGTH = 200  # units of an answer that is shown again
CHOSEN_MARK = "✓ "
MAX_OPTION_LENGTH = limits.BUTTON_TEXT - len(CHOSEN_MARK)
NUMBERED_OPTION_PATTERN = re.compile(r"\d\.(?= )")


def render_telegram_form(at: FormProgress, copy: Copy) -> TelegramMessage:
    """Render the current question or summary of the form as a message."""
    asked = at.question
    lines: list[TextLine] = [build_text_line((Bold(at.ask.form.title),))]
    if at.ask.form.intro.strip() and (at.at == 0 or asked is None):
        lines.append(build_text_line((at.ask.form.intro,)))
    settled = [f for f in at.fields if asked is None or (f.id != asked.id and at.answers.get(f.id))]
    lines += [build_text_line((Bold(f"{f.label}"), " ", *_held(f, at.answers.get(f.id, ()), copy))) for f in settled]
    in_their_place = {f.id for f in at.fields} if asked else set()
    lines += [_warning(words) for name, words in at.errors.items() if name not in in_their_place]
    if asked is None:
        return render_telegram_lines(
            [*lines, (), build_text_line((Muted(copy.line("telegram.ready")),))], _summary_rows(at, copy), copy
        )
    lines += [(), build_text_line((Muted(copy.line("telegram.step", number=at.at + 1, count=len(at.fields))),))]
    lines += [one for one in _asked(asked, at, copy) if one]
    return render_telegram_lines(lines, tuple(_rows(asked, at, copy)), copy)


def _warning(words: str) -> TextLine:
    return build_text_line((f"⚠️ {words}",))


def build_step_data(field: str, deed: str, number: int | str = "") -> str:
    """Build the callback data of a form's button: `step:FIELD:DEED:NUMBER`."""
    return f"{STEP_PREFIX}:{field.encode()[:MAX_FIELD_ID_BYTES].decode(errors='ignore')}:{deed}:{number}"


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
            return (clip_telegram_text(", ".join(_written(one) for one in answer), MAX_SHOWN_ANSWER_LENGTH),)
        case TextField() | NumberField() | DateField():
            return (clip_telegram_text(" ".join(_written(one) for one in answer), MAX_SHOWN_ANSWER_LENGTH),)
        case _:
            assert_never(field)


def _written(part: str | Mention) -> str:
    return part if isinstance(part, str) else part.name


def _asked(field: Field, at: FormProgress, copy: Copy) -> Iterator[TextLine]:
    yield build_text_line((Bold(field.label),))
    if field.id in at.errors:
        yield _warning(at.errors[field.id])
    if field.hint.strip():
        yield build_text_line((Muted(field.hint),))
    yield build_text_line((Muted(_how(field, at, copy)),))
    for _, option, name in _page(at):
        if option.detail.strip():
            yield build_text_line((f"{_mark(name)} {option.label} – ", Muted(option.detail)))
        elif name != option.label:
            yield build_text_line((f"{_mark(name)} {option.label}",))
    if at.answer:
        yield build_text_line((copy.line("telegram.so_far"), " ", *_held(field, at.answer, copy)))


def _how(field: Field, at: FormProgress, copy: Copy) -> str:
    """Return the line that explains how to answer the field."""
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


def _page(at: FormProgress) -> list[tuple[int, Option, str]]:
    """Return the options of the shown page: the number for each button, the option, and the button's label."""
    first = at.page * limits.PAGE_CHOICES
    there = list(number_options(at))[first : first + limits.PAGE_CHOICES]
    names = _told_apart([option for _, option in there])
    return [(number, option, name) for (number, option), name in zip(there, names, strict=True)]


def _told_apart(options: Sequence[Option]) -> list[str]:
    """Return distinct button labels for the options. Equal ones show their details; if still equal, a number."""
    short = [clip_telegram_text(option.label, MAX_OPTION_LENGTH) for option in options]
    details = [
        clip_telegram_text(" – ".join(filter(str.strip, (option.label, option.detail))), MAX_OPTION_LENGTH)
        for option in options
    ]
    longer = [more if short.count(name) > 1 else name for name, more in zip(short, details, strict=True)]
    numbered = [f"{place}. {option.label}" for place, option in enumerate(options, 1)]
    return [
        clip_telegram_text(full, MAX_OPTION_LENGTH) if longer.count(name) > 1 else name
        for name, full in zip(longer, numbered, strict=True)
    ]


def _mark(name: str) -> str:
    """Return the mark before an option in the list: the number of its button, or a bullet."""
    number = NUMBERED_OPTION_PATTERN.match(name)
    return number[0] if number else "•"


def _rows(field: Field, at: FormProgress, copy: Copy) -> Iterator[tuple[InlineKeyboardButton, ...]]:
    for number, option, name in _page(at):
        on = is_option_chosen(at, option)
        label = f"{CHOSEN_MARK}{name}" if on else name
        yield (render_telegram_button(label, build_step_data(field.id, "off" if on and at.many else "on", number)),)
    if isinstance(field, ToggleField):
        yes, no = copy.line("telegram.yes"), copy.line("telegram.no")
        yield (
            render_telegram_button(yes, build_step_data(field.id, "yes")),
            render_telegram_button(no, build_step_data(field.id, "no")),
        )
    if isinstance(field, PersonField):
        yield (render_telegram_button(copy.line("telegram.pick_contact"), build_step_data(field.id, "contacts")),)
    pages = tuple(_pages(field, at, copy))
    if pages:
        yield pages
    if is_form_sufficient(at):
        yield (render_telegram_button(copy.line("telegram.enough"), build_step_data(field.id, "enough")),)
    yield tuple(_moves(field, at, copy))


def _pages(field: Field, at: FormProgress, copy: Copy) -> Iterator[InlineKeyboardButton]:
    if at.page:
        yield render_telegram_button(copy.line("telegram.earlier"), build_step_data(field.id, "page", at.page - 1))
    if (at.page + 1) * limits.PAGE_CHOICES < len(at.options):
        yield render_telegram_button(copy.line("telegram.later"), build_step_data(field.id, "page", at.page + 1))


def _moves(field: Field, at: FormProgress, copy: Copy) -> Iterator[InlineKeyboardButton]:
    if at.at:
        yield render_telegram_button(copy.line("telegram.back"), build_step_data(field.id, "back"))
    if not field.required and not at.answer and not isinstance(field, ToggleField):
        yield render_telegram_button(copy.line("telegram.skip"), build_step_data(field.id, "skip"))
    if at.answer:
        yield render_telegram_button(
            copy.line("telegram.done" if at.many else "telegram.keep"), build_step_data(field.id, "keep")
        )
    yield render_telegram_button(copy.line("telegram.cancel"), build_step_data(field.id, "cancel"))


def _summary_rows(at: FormProgress, copy: Copy) -> ButtonRows:
    last = (
        render_telegram_button(copy.line("telegram.back"), build_step_data(SUMMARY_FIELD, "back")),
        render_telegram_button(copy.line("telegram.cancel"), build_step_data(SUMMARY_FIELD, "cancel")),
    )
    return ((render_telegram_button(at.ask.form.submit, build_step_data(SUMMARY_FIELD, "send")),), last)
