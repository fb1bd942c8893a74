"""The closed card vocabulary. A plain `str` is data and is always escaped; only these types are markup."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Bold:
    text: str


@dataclass(frozen=True, slots=True)
class Muted:
    text: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A person. `account` is their id on the current channel; without it the name is shown, with no notification."""

    name: str
    person_id: int | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Url:
    label: str
    url: str  # http or https


@dataclass(frozen=True, slots=True)
class Emoji:
    char: str


@dataclass(frozen=True, slots=True)
class Date:
    """A day, or an instant (UTC) that each channel shows in the reader's zone where it can."""

    value: date | datetime
    fallback: str  # already in the reader's language, with the zone named where there is a time


Span = str | Bold | Muted | Mention | Url | Emoji | Date


@dataclass(frozen=True, slots=True)
class Text:
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A person's own words, kept to the letter."""

    words: str


@dataclass(frozen=True, slots=True)
class Facts:
    rows: tuple[tuple[str, tuple[Span, ...]], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    url: str  # https, or the path of a file that we serve (`/icons/…`)
    alt: str


@dataclass(frozen=True, slots=True)
class Person:
    mention: Mention
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    headers: tuple[str, ...]
    rows: tuple[tuple[tuple[Span, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Meter:
    label: str
    value: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Divider:
    pass


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    token: str  # `verb.object.mac`, at most 64 bytes
    style: Literal["plain", "primary", "danger"] = "plain"
    confirm: str = ""  # asked first, where not empty


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Own:
    """Some people may see the card in another way: a channel that can show each their own asks with the token."""

    token: str  # `verb.object.mac`, at most 64 bytes
    people: tuple[Mention, ...]


Part = Text | Quote | Facts | Picture | Person | Table | Meter | Divider

Action = Button | Link

Tone = Literal["plain", "celebration", "refusal", "neutral"]


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown. `summary` is the whole in one sentence: notifications and screen readers get it."""

    title: str
    summary: str
    body: tuple[Part, ...] = ()
    actions: tuple[Action, ...] = ()
    tone: Tone = "plain"
    own: Own | None = None


def render_spans_as_text(spans: tuple[Span, ...]) -> str:
    """Render the spans as plain text, for summaries and for places without markup."""
    out = []
    for span in spans:
        match span:
            case str():
                out.append(span)
            case Bold(words) | Muted(words):
                out.append(words)
            case Mention(name):
                out.append(name)
            case Url(label):
                out.append(label)
            case Emoji(char):
                out.append(char)
            case Date(fallback=words):
                out.append(words)
    return "".join(out)
