"""Cards, forms and messages as HTML. The templates escape all plain text."""

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
from bot.parsing.commands import format_typed_words
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
from channels.web.people import get_initials, pick_hue
from channels.web.store import ChatMessage

MAX_STACKED_OPTIONS = 6  # more options become pills or a drop-down list

WEB_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
WEB_TEMPLATES.globals |= {"initials": get_initials, "hue": pick_hue}

CARD_TEMPLATE: Any = WEB_TEMPLATES.get_template("card.html").module
FORM_TEMPLATE: Any = WEB_TEMPLATES.get_template("form.html").module
MESSAGE_TEMPLATE: Any = WEB_TEMPLATES.get_template("message.html").module


@dataclass(frozen=True, slots=True)
class WebReader:
    """The person something is drawn for, and the open conversation. `slug` is its name in addresses."""

    person_id: int
    copy: Copy
    csrf: str
    slug: str
    now: datetime

    def nonce(self) -> str:
        """Return a new id for one submission of a form."""
        return secrets.token_urlsafe(12)

    def clock(self, at: datetime) -> str:
        """Return the time in the reader's zone, with the date if it is another day than today."""
        return self.copy.lately(at, self.now)


def render_web_message(shown: ChatMessage, reader: WebReader, *, follows: bool = False) -> Markup:
    """Render one message of the list. `follows` marks one that continues the author's previous message."""
    body = render_web_card(shown.card, reader, shown.id) if shown.card else None
    said = render_web_words(shown.words, reader)
    html: Markup = MESSAGE_TEMPLATE.message(shown, said, body, reader, follows)
    return html


def render_web_words(said: Words, reader: WebReader) -> Markup:
    """Render what a person typed, with its mentions."""
    return Markup("").join(render_web_span(part, reader) for part in said)


def render_web_summary(shown: ChatMessage) -> str:
    """Return the message as one line for a screen reader."""
    return shown.card.summary if shown.card else f"{shown.author}: {format_typed_words(shown.words)}"


def render_web_card(shown: Card, reader: WebReader, message_id: int) -> Markup:
    """Render the whole card; its buttons belong to the message of that id."""
    parts = [render_web_part(each, reader, message_id if shown.tone == "refusal" else None) for each in shown.body]
    acts = [render_web_action(each, reader, message_id) for each in shown.actions]
    html: Markup = CARD_TEMPLATE.card(shown, parts, acts)
    return html


def render_web_part(shown: Part, reader: WebReader, again: int | None = None) -> Markup:
    """Render one part of a card.

    With `again`, the id of a refusal, its quote can be taken back into the composer.
    """
    html: Markup
    match shown:
        case Text(spans):
            html = CARD_TEMPLATE.text(_spans(spans, reader))
        case Quote(own):
            html = CARD_TEMPLATE.quote(own, reader.slug, again, reader.copy)
        case Facts(rows):
            html = CARD_TEMPLATE.facts([(label, _spans(value, reader)) for label, value in rows])
        case Picture(url, alt):
            html = CARD_TEMPLATE.picture(get_safe_url(url), alt)
        case Person(mention, detail):
            html = CARD_TEMPLATE.person(mention, render_web_span(mention, reader), detail)
        case Table(headers, rows):
            html = CARD_TEMPLATE.table(headers, [[_spans(cell, reader) for cell in row] for row in rows])
        case Meter(label, value, maximum):
            html = CARD_TEMPLATE.meter(label, value, maximum)
        case Divider():
            html = CARD_TEMPLATE.divider()
        case _:
            assert_never(shown)
    return html


def render_web_span(shown: Span, reader: WebReader) -> Markup:
    """Render one span. A `str` is data and is escaped."""
    html: Markup
    match shown:
        case str():
            html = escape(shown)
        case Bold(text):
            html = CARD_TEMPLATE.bold(text)
        case Muted(text):
            html = CARD_TEMPLATE.muted(text)
        case Mention(name, person_id):
            html = CARD_TEMPLATE.mention(name, person_id == reader.person_id)
        case Url(label, url):
            html = CARD_TEMPLATE.url(label, get_safe_url(url))
        case Emoji(char):
            html = CARD_TEMPLATE.emoji(char)
        case Date(value, fallback):
            html = CARD_TEMPLATE.date(value.isoformat(), fallback)
        case _:
            assert_never(shown)
    return html


def render_web_action(shown: Action, reader: WebReader, message_id: int) -> Markup:
    """Render a button as its own form, or a link."""
    html: Markup
    match shown:
        case Button():
            html = CARD_TEMPLATE.button(shown, reader, message_id)
        case Link(label, url):
            html = CARD_TEMPLATE.link(label, get_safe_url(url))
        case _:
            assert_never(shown)
    return html


def render_web_form(asked: Ask, reader: WebReader, *, message_id: int | None = None) -> Markup:
    """Render the form of an `Ask`. `message_id` is the message whose button opened it."""
    fields = [render_web_field(each, asked, reader) for each in asked.form.fields]
    html: Markup = FORM_TEMPLATE.form(asked, fields, reader, message_id or "")
    return html


def render_web_field(shown: Field, asked: Ask, reader: WebReader) -> Markup:
    """Render one field with its label, hint, error and known answer."""
    known = asked.known.get(shown.id, ())
    typed = [part if isinstance(part, str) else f"@{part.name}" for part in known]
    frame = _frame(shown, asked, reader)
    html: Markup
    match shown:
        case PersonField(many=many):
            chosen = [part for part in known if isinstance(part, Mention) and part.person_id]
            rest = ", ".join(_name(part) for part in known if part not in chosen)
            html = FORM_TEMPLATE.person(shown, frame, chosen, rest, many)
        case TextField():
            html = FORM_TEMPLATE.text(shown, frame, "".join(typed))
        case ChoiceField(options=options, many=many):
            bare = len(options) > MAX_STACKED_OPTIONS and not any(option.detail for option in options)
            draw = FORM_TEMPLATE.options if not bare else FORM_TEMPLATE.pills if many else FORM_TEMPLATE.select
            html = draw(shown, frame, set(typed))
        case NumberField():
            html = FORM_TEMPLATE.number(shown, frame, "".join(typed))
        case DateField():
            html = FORM_TEMPLATE.date(shown, frame, "".join(typed))
        case ToggleField():
            html = FORM_TEMPLATE.toggle(shown, frame, bool(typed))
        case _:
            assert_never(shown)
    return html


@dataclass(frozen=True, slots=True)
class FieldFrame:
    """What surrounds a field: its id in the page, its error, and whether the cursor starts in it."""

    id: str
    error: str
    starts: bool
    copy: Copy

    @property
    def described(self) -> str:
        """Return the ids for aria-describedby, the error before the hint."""
        return f"{self.id}-error {self.id}-hint" if self.error else f"{self.id}-hint"


def _frame(shown: Field, asked: Ask, reader: WebReader) -> FieldFrame:
    wrong = [each.id for each in asked.form.fields if each.id in asked.errors]
    open_ones = [each.id for each in asked.form.fields if not asked.known.get(each.id)]
    first = (wrong or open_ones or [asked.form.fields[0].id])[0]
    return FieldFrame(f"field-{shown.id}", asked.errors.get(shown.id, ""), shown.id == first, reader.copy)


def _name(part: str | Mention) -> str:
    return part if isinstance(part, str) else part.name


def _spans(spans: Iterable[Span], reader: WebReader) -> Markup:
    return Markup("").join(render_web_span(each, reader) for each in spans)


def get_safe_url(url: str) -> str | None:
    """Return the URL if it is an http(s) address or an icon of the catalogue, else None."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    begins = url.lower().startswith(("http://", "https://")) and parts.netloc or url.startswith("/icons/")
    return url if begins and url.isprintable() else None
