"""Cards as messages: text with entities and a keyboard. Total: every card has a rendering within Telegram's limits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import assert_never

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, MessageEntity

from bot.i18n.copy import Copy
from bot.protocol.elements import (
    Action,
    Bold,
    Button,
    Card,
    Divider,
    Facts,
    Link,
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
from channels.telegram import limits
from channels.telegram.render.entities import (
    EntityRun,
    TextLine,
    build_text_line,
    clip_telegram_text,
    compose_entities,
    measure_text_line,
    parse_telegram_link,
    strip_telegram_invisible,
)

TELEGRAM_METER_CELLS = 10  # cells of a full meter
CONFIRM_PREFIX = "?"  # stands before the data of a button that wants to be confirmed
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

ButtonRows = tuple[tuple[InlineKeyboardButton, ...], ...]


@dataclass(frozen=True, slots=True)
class TelegramMessage:
    """What is sent, or what a message becomes."""

    text: str
    entities: tuple[MessageEntity, ...] = ()
    keyboard: InlineKeyboardMarkup | None = None
    preview: LinkPreviewOptions = NO_PREVIEW


def render_telegram_card(card: Card, copy: Copy) -> TelegramMessage:
    """Render the whole card as a message. Its text is complete, so a screen reader needs no more."""
    title = [] if _is_a_line(card) else [build_text_line((Bold(card.title),)), ()]
    body = [one for part in card.body for one in _part(part)]
    rows = pair_buttons([button for action in card.actions if (button := _action(action))])
    return render_telegram_lines([*title, *body] if body else title[:1], rows, copy, _preview(card))


def render_telegram_lines(
    lines: Sequence[TextLine], rows: ButtonRows, copy: Copy, preview: LinkPreviewOptions = NO_PREVIEW
) -> TelegramMessage:
    """Render the lines and the keyboard within the limits. A line counts the lines that are left out."""
    text, entities = compose_entities(_within(_tidy(lines), copy))
    if not text.strip():
        text, entities = "…", ()
    keyboard = InlineKeyboardMarkup(_buttons_within(rows)) if rows else None
    return TelegramMessage(text, entities, keyboard, preview)


def pair_buttons(buttons: Sequence[InlineKeyboardButton]) -> ButtonRows:
    """Arrange the buttons in rows of two."""
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))


def render_telegram_button(label: str, data: str) -> InlineKeyboardButton:
    """Render a button that sends `data` when it is pressed, at most 64 bytes."""
    return InlineKeyboardButton(clip_telegram_text(label, limits.BUTTON_TEXT).strip() or "…", callback_data=data)


def _is_a_line(card: Card) -> bool:
    """Return whether the card is too small for a headline, as a notice or a gift that was taken back."""
    return card.tone == "neutral" and bool(card.body)


def _tidy(lines: Sequence[TextLine]) -> list[TextLine]:
    """Return the lines with at most one blank line between two others, and none at the ends."""
    out: list[TextLine] = []
    for one in lines:
        seen = any(run.words.strip() for run in one)
        if seen or (out and out[-1]):
            out.append(one if seen else ())
    return out[:-1] if out and not out[-1] else out


def _within(lines: Sequence[TextLine], copy: Copy) -> list[TextLine]:
    """Return as many lines as fit, and then a count of those left out."""
    sizes = list(accumulate(measure_text_line(one) + 1 for one in lines))
    if not sizes or sizes[-1] <= limits.TEXT:
        return list(lines)
    kept = sum(reached <= limits.TEXT - limits.REMAINDER_NOTE for reached in sizes)
    left_out = sum(bool(one) for one in lines[kept:])
    return [*lines[:kept], (EntityRun(copy.line("telegram.more", count=left_out)),)]


def _buttons_within(rows: ButtonRows) -> list[list[InlineKeyboardButton]]:
    out: list[list[InlineKeyboardButton]] = []
    room = limits.BUTTONS
    for row in rows:
        kept = list(row[: min(limits.ROW_BUTTONS, room)])
        out += [kept] if kept else []
        room -= len(kept)
    return out


def _part(part: Part) -> list[TextLine]:
    match part:
        case Text(spans):
            return _one(build_text_line(spans))
        case Quote(words):
            return _quote(words)
        case Facts(rows):
            return [build_text_line((Bold(f"{name}:"), " ", *value)) for name, value in rows]
        case Picture(url, alt):
            return _one(build_text_line((Url(alt, url),)))
        case Person(mention, detail):
            return [build_text_line((mention, " · ", Muted(detail.strip())) if detail.strip() else (mention,))]
        case Table(headers, rows):
            return _table(headers, rows)
        case Meter(label, value, maximum):
            return [build_text_line((f"{label}  {_cells(value, maximum)}  {value}/{maximum}",))]
        case Divider():
            return [()]
        case _:
            assert_never(part)


def _one(found: TextLine) -> list[TextLine]:
    return [found] if found else []


def _quote(words: str) -> list[TextLine]:
    said = clip_telegram_text(words.strip(), limits.PARAGRAPH)
    return [(EntityRun(said, MessageEntity.BLOCKQUOTE),)] if said.strip() else []


def _table(headers: Sequence[str], rows: Iterable[Sequence[Sequence[Span]]]) -> list[TextLine]:
    title = [build_text_line((Bold(" · ".join(headers)),))] if any(map(str.strip, headers)) else []
    return [*title, *(build_text_line(_joined(row)) for row in rows)]


def _joined(cells: Sequence[Sequence[Span]]) -> tuple[Span, ...]:
    out: list[Span] = []
    for cell in cells:
        out += [" · ", *cell] if out else cell
    return tuple(out)


def _cells(value: int, maximum: int) -> str:
    full = round(TELEGRAM_METER_CELLS * min(max(value / maximum, 0), 1)) if maximum > 0 else 0
    return "▰" * full + "▱" * (TELEGRAM_METER_CELLS - full)


def _preview(card: Card) -> LinkPreviewOptions:
    """Return a small preview of the card's first picture, which Telegram fetches by its address."""
    pictures = (parse_telegram_link(part.url) for part in card.body if isinstance(part, Picture))
    url = next((address for address in pictures if address), None)
    return LinkPreviewOptions(url=url, prefer_small_media=True) if url else NO_PREVIEW


def _action(action: Action) -> InlineKeyboardButton | None:
    match action:
        case Button(label, token, _, confirm):
            data = CONFIRM_PREFIX + token if confirm.strip() else token
            return render_telegram_button(label, data) if 0 < len(data.encode()) <= limits.CALLBACK_DATA_BYTES else None
        case Link(label, url):
            address = parse_telegram_link(url)
            words = clip_telegram_text(strip_telegram_invisible(label), limits.BUTTON_TEXT).strip() or "…"
            return InlineKeyboardButton(words, url=address) if address else None
        case _:
            assert_never(action)
