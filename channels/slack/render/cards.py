"""Cards as Block Kit. Total: every card has a rendering within Slack's limits."""

import json
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, assert_never

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
from bot.protocol.mention_limit import at_most
from channels.slack import limits
from channels.slack.render.mrkdwn import block, clip, clip_escaped, length, quote, rich, web_address, words_of
from channels.slack.types import Json

PRESS = "press"  # action ids: a signed button, …

LINK = "link"  # … a link, which Slack reports too, …

FORM = "form"  # … the way to a form

METER = 10  # cells of a full meter

STYLES: dict[str, Json] = {"plain": {}, "primary": {"style": "primary"}, "danger": {"style": "danger"}}


def message(card: Card, copy: Copy) -> Json:
    """`text` and `blocks` for a message. `text` is what notifications and screen readers get; it is never empty."""
    return {"text": clip_escaped(card.summary, limits.TEXT).strip() or "…", "blocks": blocks(card, copy)}


def blocks(card: Card, copy: Copy, room: int = limits.BLOCKS) -> list[Json]:
    """The whole card in at most `room` blocks; what does not fit is counted in words of ours."""
    title = [] if _is_a_line(card) else _one(_header(card.title))
    actions = _actions(card.actions, copy)[:room]
    body = [b for part in at_most(limits.MENTIONS, card).body for b in _part(part, copy)]
    out = [*title, *_within(body, room - len(title) - len(actions), copy), *actions]
    return out or [rich("rich_text_section", ["…"])]


def plain_text(words: str, limit: int) -> Json:
    """Words that Slack does not parse; never empty."""
    return {"type": "plain_text", "text": clip(words, limit).strip() or "…", "emoji": True}


def context(words: str) -> Json:
    """A small line below or above something."""
    return {"type": "context", "elements": [plain_text(words, limits.CONTEXT)]}


def _is_a_line(card: Card) -> bool:
    """Whether the card says so little that a headline would shout: a gift that was taken back, a notice."""
    return card.tone == "neutral" and bool(card.body)


def _header(title: str) -> Json | None:
    return {"type": "header", "text": plain_text(title, limits.HEADER)} if title.strip() else None


def _within(body: list[Json], room: int, copy: Copy) -> list[Json]:
    """As many blocks as fit, in number and in size, and then how many more there would be."""
    sizes = accumulate(length(json.dumps(block, ensure_ascii=False)) for block in body)
    fitting = sum(size <= limits.WHOLE for size in sizes)
    if fitting == len(body) <= room:
        return body
    kept = max(min(fitting, room - 1), 0)
    return [*body[:kept], context(copy.line("slack.more", count=len(body) - kept))][:room]


def _part(part: Part, copy: Copy) -> list[Json]:
    match part:
        case Text(spans):
            return _text(spans)
        case Quote(words):
            return _one(quote(words))
        case Facts(rows):
            return _lines([(Bold(f"{name}:"), " ", *value) for name, value in rows], copy)
        case Picture(url, alt):
            return _picture(url, alt)
        case Person(mention, detail):
            return _one(block((mention, " · ", Muted(detail.strip())) if detail.strip() else (mention,)))
        case Table(headers, rows):
            return _table(headers, rows, copy)
        case Meter(label, value, maximum):
            return _one(block((f"{label}  {_cells(value, maximum)}  {copy.number(value)}/{copy.number(maximum)}",)))
        case Divider():
            return [{"type": "divider"}]
        case _:
            assert_never(part)


def _one(found: Json | None) -> list[Json]:
    return [found] if found else []


def _text(spans: Sequence[Span]) -> list[Json]:
    words = "".join(words_of(span) for span in spans)
    if words.strip() and all(isinstance(span, Muted) for span in spans):
        return [context(words)]
    return _one(block(spans))


def _table(headers: Sequence[str], rows: Iterable[Sequence[Sequence[Span]]], copy: Copy) -> list[Json]:
    title = [(Bold(" · ".join(headers)),)] if any(headers) else []
    return _lines([*title, *(_joined(row) for row in rows)], copy)


def _joined(cells: Sequence[Sequence[Span]]) -> tuple[Span, ...]:
    out: list[Span] = []
    for cell in cells:
        out += [" · ", *cell] if out else cell
    return tuple(out)


def _lines(lines: Sequence[Sequence[Span]], copy: Copy) -> list[Json]:
    """Lines of spans in one block; those that do not fit are counted."""
    out: list[Span] = []
    room = limits.TEXT - 100  # for the count
    for number, line in enumerate(lines):
        size = sum(length(words_of(span)) for span in line) + 1
        if size > room and number:
            out += ["\n", copy.line("slack.more", count=len(lines) - number)]
            break
        out += ["\n", *line] if number else line
        room -= size
    return _one(block(out))


def _picture(url: str, alt: str) -> list[Json]:
    """Slack fetches the picture itself and refuses the whole message where it cannot: https only, else a link."""
    address = web_address(url)
    if address is None or not address.startswith("https://"):
        return _one(block((Url(alt, url),)))
    return [{"type": "image", "image_url": address, "alt_text": clip(alt, limits.ALT).strip() or "…"}]


def _cells(value: int, maximum: int) -> str:
    full = round(METER * min(max(value / maximum, 0), 1)) if maximum > 0 else 0
    return "▰" * full + "▱" * (METER - full)


def _actions(actions: Sequence[Action], copy: Copy) -> list[Json]:
    elements = [element for number, action in enumerate(actions) if (element := _action(action, number, copy))]
    groups = [elements[at : at + limits.ACTIONS] for at in range(0, len(elements), limits.ACTIONS)]
    return [{"type": "actions", "elements": group} for group in groups]


def _action(action: Action, number: int, copy: Copy) -> Json | None:
    match action:
        case Button(label, token, style, confirm):
            asked = {"confirm": _confirm(label, confirm, copy)} if confirm.strip() else {}
            return button(f"{PRESS}-{number}", label, token) | STYLES[style] | asked
        case Link(label, url):
            address = web_address(url)
            return button(f"{LINK}-{number}", label, f"{LINK}-{number}") | {"url": address} if address else None
        case _:
            assert_never(action)


def button(action_id: str, label: str, value: str) -> Json:
    """A button; `value` comes back when it is pressed, cut to Slack's limit."""
    text = plain_text(label, limits.BUTTON)
    return {"type": "button", "action_id": action_id, "text": text, "value": value[: limits.BUTTON_VALUE]}


def _confirm(label: str, question: str, copy: Copy) -> dict[str, Any]:
    return {
        "title": plain_text(label, limits.CONFIRM_TITLE),
        "text": plain_text(question, limits.CONFIRM_TEXT),
        "confirm": plain_text(label, limits.CONFIRM_BUTTON),
        "deny": plain_text(copy.line("slack.cancel"), limits.CONFIRM_BUTTON),
    }
