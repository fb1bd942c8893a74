"""Shorter cards for Teams' size limit: long texts are cut, and the items left out are counted."""

from collections.abc import Iterator
from dataclasses import replace

from bot.i18n.copy import Copy
from bot.protocol.elements import (
    Bold,
    Card,
    Facts,
    Mention,
    Muted,
    Part,
    Quote,
    Span,
    Table,
    Text,
    render_spans_as_text,
)

SHORTENED_TEXT_LENGTH = 300  # characters of one text
SHORTENED_PEOPLE_COUNT = 10  # of one list
SHORTENED_ROW_COUNT = 10
SHORTENED_PART_COUNT = 12


def shorten_teams_card(card: Card, copy: Copy) -> Card:
    """Shorten a card that the connector found too large. All buttons are kept."""
    body = [part for long in card.body for part in _part(long, copy)]
    more = (
        (copy.text("teams.more", count=len(body) - SHORTENED_PART_COUNT),) if len(body) > SHORTENED_PART_COUNT else ()
    )
    return replace(card, title=_cut(card.title), summary=_cut(card.summary), body=(*body[:SHORTENED_PART_COUNT], *more))


def _part(part: Part, copy: Copy) -> Iterator[Part]:
    match part:
        case Text(spans):
            yield Text(_spans(spans, copy))
        case Quote(words):
            yield Quote(_cut(words))
        case Facts(rows):
            yield Facts(tuple((_cut(name), _spans(value, copy)) for name, value in rows[:SHORTENED_ROW_COUNT]))
            yield from _left_out(len(rows), copy)
        case Table(headers, rows):
            yield Table(headers, tuple(tuple(_spans(cell, copy) for cell in row) for row in rows[:SHORTENED_ROW_COUNT]))
            yield from _left_out(len(rows), copy)
        case _:
            yield part


def _left_out(count: int, copy: Copy) -> Iterator[Text]:
    if count > SHORTENED_ROW_COUNT:
        yield copy.text("teams.more", count=count - SHORTENED_ROW_COUNT)


def _spans(spans: tuple[Span, ...], copy: Copy) -> tuple[Span, ...]:
    """Keep the first people of a long list; cut each of long texts to SHORTENED_TEXT_LENGTH characters."""
    people = [at for at, span in enumerate(spans) if isinstance(span, Mention)]
    if len(people) > SHORTENED_PEOPLE_COUNT:
        shown = spans[: people[SHORTENED_PEOPLE_COUNT - 1] + 1]
        return (*shown, " ", copy.line("teams.more", count=len(people) - SHORTENED_PEOPLE_COUNT))
    return tuple(map(_span, spans)) if len(render_spans_as_text(spans)) > SHORTENED_TEXT_LENGTH else spans


def _span(span: Span) -> Span:
    match span:
        case str():
            return _cut(span)
        case Bold(text) | Muted(text):
            return replace(span, text=_cut(text))
        case _:
            return span


def _cut(text: str) -> str:
    return text if len(text) <= SHORTENED_TEXT_LENGTH else f"{text[: SHORTENED_TEXT_LENGTH - 1].rstrip()}…"
