"""The generated locale wraps each sentence of ours in ⟦ ⟧: what is outside the marks must be somebody's data."""

import re
import unicodedata
from collections.abc import Iterator
from typing import assert_never

from bot.protocol.elements import (
    Action,
    Button,
    Card,
    Divider,
    Facts,
    Link,
    Meter,
    Part,
    Person,
    Picture,
    Quote,
    Span,
    Table,
    Text,
    render_spans_as_text,
)
from bot.protocol.elements import Date as DateSpan
from bot.protocol.forms import (
    Answers,
    ChoiceField,
    DateField,
    Field,
    Form,
    NumberField,
    PersonField,
    TextField,
    ToggleField,
)
from bot.protocol.turns import Ask, Quiet, Reply, Say, Update

OPEN, CLOSE = "⟦", "⟧"


def assert_all_marked(shown: Card | Form | Reply, data: set[str]) -> None:
    """Fail on any visible text that is neither inside the marks nor made of `data`, digits, punctuation and emoji.

    Dates come from the locale's own tables and are data too.
    """
    stray = [text for text in visible(shown) if any(mark.isalpha() for mark in outside(text, data))]
    assert not stray, f"outside the marks and no data: {stray}"


def outside(text: str, data: set[str]) -> str:
    """What is left of the text without what is marked and without the data."""
    depth, left = 0, []
    for mark in text:
        depth += mark == OPEN
        left.append(mark if not depth else "")
        depth -= mark == CLOSE
    if depth or text.count(OPEN) != text.count(CLOSE):
        raise AssertionError(f"a mark is missing: {text!r}")
    rest = unicodedata.normalize("NFC", "".join(left))
    for known in sorted(filter(None, data), key=len, reverse=True):
        whole = rf"(?<!\w){re.escape(unicodedata.normalize('NFC', known))}(?!\w)"
        rest = re.sub(whole, " ", rest)
    return rest


def visible(shown: Card | Form | Reply) -> Iterator[str]:
    """Every text that a person would see or hear."""
    match shown:
        case Card():
            yield from _card(shown)
        case Form():
            yield from _form(shown)
        case Say(card=card) | Update(card=card):
            yield from _card(card)
        case Ask(form=form, known=known, errors=errors):
            yield from _form(form)
            yield from _known(known, form)
            yield from errors.values()
        case Quiet():
            return
        case _:
            assert_never(shown)


def _card(card: Card) -> Iterator[str]:
    yield from (card.title, card.summary)
    for part in card.body:
        yield from _part(part)
    for action in card.actions:
        yield from _action(action)


def _part(part: Part) -> Iterator[str]:
    match part:
        case Text(spans=spans):
            yield _spans(spans)
        case Quote(words=words):
            yield words
        case Facts(rows=rows):
            for label, value in rows:
                yield from (label, _spans(value))
        case Picture(alt=alt):
            yield alt
        case Person(mention=mention, detail=detail):
            yield from (mention.name, detail)
        case Table(headers=headers, rows=lines):
            yield from headers
            for line in lines:
                yield from map(_spans, line)
        case Meter(label=label):
            yield label
        case Divider():
            return
        case _:
            assert_never(part)


def _spans(spans: tuple[Span, ...]) -> str:
    return render_spans_as_text(tuple(span for span in spans if not isinstance(span, DateSpan)))


def _action(action: Action) -> Iterator[str]:
    match action:
        case Button(label=label, confirm=confirm):
            yield from (label, confirm)
        case Link(label=label):
            yield label
        case _:
            assert_never(action)


def _form(form: Form) -> Iterator[str]:
    yield from (form.title, form.submit, form.intro)
    for field in form.fields:
        yield from _field(field)


def _field(field: Field) -> Iterator[str]:
    yield from (field.label, field.hint)
    match field:
        case ChoiceField(options=options):
            for option in options:
                yield from (option.label, option.detail)
        case PersonField() | TextField() | NumberField() | DateField() | ToggleField():
            return
        case _:
            assert_never(field)


def _known(known: Answers, form: Form) -> Iterator[str]:
    """What is filled in already. A choice is seen as its option's label, which is looked at there."""
    shown = {field.id for field in form.fields if not isinstance(field, ChoiceField | ToggleField)}
    for name, answer in known.items():
        if name in shown:
            yield from (part if isinstance(part, str) else part.name for part in answer)
