"""Cards, forms and messages as HTML. Plain text is escaped by the templates, whatever it holds."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, assert_never
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.i18n.copy import Copy
from bot.parsing import commands as parsing_commands
from bot.protocol.elements import (
    Action,
    Bold,
    Button,
    Card,
    Date,
    Divider,
    Emoji,
    Facts,
    Link,
    Mention,
    Meter,
    Muted,
    Part,
    Person,
    Picture,
    Quote,
    Span,
    Table,
    Text,
    Url,
)
from bot.protocol.forms import ChoiceField, DateField, Field, NumberField, PersonField, TextField, ToggleField
from bot.protocol.turns import Ask, Words
from channels.web import people
from channels.web.store import Message

FEW = 6  # options up to here stand below each other; more become pills, or a list to scroll or to open

pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
pages.globals |= {"initials": people.initials, "hue": people.hue}

CARD: Any = pages.get_template("card.html").module

FORM: Any = pages.get_template("form.html").module

MESSAGE: Any = pages.get_template("message.html").module


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom something is drawn, and in which open conversation (its name in addresses)."""

    person_id: int
    copy: Copy
    csrf: str
    slug: str
    now: datetime

    def nonce(self) -> str:
        """A new name for one sending of one form."""
        return secrets.token_urlsafe(12)

    def clock(self, at: datetime) -> str:
        """The time in the reader's zone, with the day where it is not today."""
        return self.copy.lately(at, self.now)


def message(shown: Message, reader: Reader, *, follows: bool = False) -> Markup:
    """One message of the list; `follows` where it continues what the same author said just before."""
    body = card(shown.card, reader, shown.id) if shown.card else None
    said = words(shown.words, reader)
    html: Markup = MESSAGE.message(shown, said, body, reader, follows)
    return html


def words(said: Words, reader: Reader) -> Markup:
    """What a person typed, mentions as such."""
    return Markup("").join(span(part, reader) for part in said)


def spoken(shown: Message) -> str:
    """The message as one line for a screen reader."""
    return shown.card.summary if shown.card else f"{shown.author}: {parsing_commands.typed(shown.words)}"


def card(shown: Card, reader: Reader, message_id: int) -> Markup:
    """The whole card; its buttons belong to the message of that id."""
    parts = [part(each, reader, message_id if shown.tone == "refusal" else None) for each in shown.body]
    acts = [action(each, reader, message_id) for each in shown.actions]
    html: Markup = CARD.card(shown, parts, acts)
    return html


def part(shown: Part, reader: Reader, again: int | None = None) -> Markup:
    """One part of a card. Where the message `again` refuses, its quote can be taken back into the composer."""
    html: Markup
    match shown:
        case Text(spans):
            html = CARD.text(_spans(spans, reader))
        case Quote(own):
            html = CARD.quote(own, reader.slug, again, reader.copy)
        case Facts(rows):
            html = CARD.facts([(label, _spans(value, reader)) for label, value in rows])
        case Picture(url, alt):
            html = CARD.picture(address(url), alt)
        case Person(mention, detail):
            html = CARD.person(mention, span(mention, reader), detail)
        case Table(headers, rows):
            html = CARD.table(headers, [[_spans(cell, reader) for cell in row] for row in rows])
        case Meter(label, value, maximum):
            html = CARD.meter(label, value, maximum)
        case Divider():
            html = CARD.divider()
        case _:
            assert_never(shown)
    return html


def span(shown: Span, reader: Reader) -> Markup:
    """One span. A `str` is data."""
    html: Markup
    match shown:
        case str():
            html = escape(shown)
        case Bold(text):
            html = CARD.bold(text)
        case Muted(text):
            html = CARD.muted(text)
        case Mention(name, person_id):
            html = CARD.mention(name, person_id == reader.person_id)
        case Url(label, url):
            html = CARD.url(label, address(url))
        case Emoji(char):
            html = CARD.emoji(char)
        case Date(value, fallback):
            html = CARD.date(value.isoformat(), fallback)
        case _:
            assert_never(shown)
    return html


def action(shown: Action, reader: Reader, message_id: int) -> Markup:
    """A button as a form of its own, or a link."""
    html: Markup
    match shown:
        case Button():
            html = CARD.button(shown, reader, message_id)
        case Link(label, url):
            html = CARD.link(label, address(url))
        case _:
            assert_never(shown)
    return html


def form(asked: Ask, reader: Reader, *, message_id: int | None = None) -> Markup:
    """The dialog of an `Ask`. `message_id` is the message whose button opened it."""
    fields = [field(each, asked, reader) for each in asked.form.fields]
    html: Markup = FORM.form(asked, fields, reader, message_id or "")
    return html


def field(shown: Field, asked: Ask, reader: Reader) -> Markup:
    """One field with its label, hint, error, and what is known of it already."""
    known = asked.known.get(shown.id, ())
    typed = [part if isinstance(part, str) else f"@{part.name}" for part in known]
    frame = _frame(shown, asked, reader)
    html: Markup
    match shown:
        case PersonField(many=many):
            chosen = [part for part in known if isinstance(part, Mention) and part.person_id]
            rest = ", ".join(_name(part) for part in known if part not in chosen)
            html = FORM.person(shown, frame, chosen, rest, many)
        case TextField():
            html = FORM.text(shown, frame, "".join(typed))
        case ChoiceField(options=options, many=many):
            bare = len(options) > FEW and not any(option.detail for option in options)
            draw = FORM.options if not bare else FORM.pills if many else FORM.select
            html = draw(shown, frame, set(typed))
        case NumberField():
            html = FORM.number(shown, frame, "".join(typed))
        case DateField():
            html = FORM.date(shown, frame, "".join(typed))
        case ToggleField():
            html = FORM.toggle(shown, frame, bool(typed))
        case _:
            assert_never(shown)
    return html


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds a field: its id in the page, its error, whether the cursor starts there."""

    id: str
    error: str
    starts: bool
    copy: Copy

    @property
    def described(self) -> str:
        """For aria-describedby: the error is read before the hint."""
        return f"{self.id}-error {self.id}-hint" if self.error else f"{self.id}-hint"


def _frame(shown: Field, asked: Ask, reader: Reader) -> Frame:
    wrong = [each.id for each in asked.form.fields if each.id in asked.errors]
    open_ones = [each.id for each in asked.form.fields if not asked.known.get(each.id)]
    first = (wrong or open_ones or [asked.form.fields[0].id])[0]
    return Frame(f"field-{shown.id}", asked.errors.get(shown.id, ""), shown.id == first, reader.copy)


def _name(part: str | Mention) -> str:
    return part if isinstance(part, str) else part.name


def _spans(spans: Iterable[Span], reader: Reader) -> Markup:
    return Markup("").join(span(each, reader) for each in spans)


def address(url: str) -> str | None:
    """The URL where it is an http(s) address or one of our own icons, else None: then only its words are shown."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    begins = url.lower().startswith(("http://", "https://")) and parts.netloc or url.startswith("/icons/")
    return url if begins and url.isprintable() else None
