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
from bot.protocol.mention_limit import limit_mentions
from channels.slack import limits
from channels.slack.render.mrkdwn import (
    clip_escaped_mrkdwn,
    clip_slack_text,
    get_span_text,
    measure_slack_text,
    parse_slack_link,
    render_quote_block,
    render_rich_text,
    render_spans_block,
)
from channels.slack.types import SlackPayloadJson

PRESS_ACTION = "press"  # action ids: a signed button, …
LINK_ACTION = "link"  # … a link, which Slack reports too, …
FORM_ACTION = "form"  # … the way to a form
SLACK_METER_BLOCKS = 10  # cells of a full meter

SLACK_BUTTON_STYLES: dict[str, SlackPayloadJson] = {
    "plain": {},
    "primary": {"style": "primary"},
    "danger": {"style": "danger"},
}


def render_slack_card(card: Card, copy: Copy) -> SlackPayloadJson:
    """Return the `text` and `blocks` of a message.

    `text` is for notifications and screen readers, and is never empty.
    """
    return {
        "text": clip_escaped_mrkdwn(card.summary, limits.TEXT).strip() or "…",
        "blocks": render_slack_blocks(card, copy),
    }


def render_slack_blocks(card: Card, copy: Copy, room: int = limits.BLOCKS) -> list[SlackPayloadJson]:
    """Render the whole card in at most `room` blocks. A line counts the blocks that are left out."""
    header = {"type": "header", "text": render_plain_text(card.title, limits.HEADER_TEXT)}
    title = [] if _is_a_line(card) or not card.title.strip() else [header]
    actions = _actions(card.actions, copy)[:room]
    body = [b for part in limit_mentions(limits.MENTIONS, card).body for b in _part(part, copy)]
    out = [*title, *_within(body, room - len(title) - len(actions), copy), *actions]
    return out or [render_rich_text("rich_text_section", ["…"])]


def render_plain_text(words: str, limit: int) -> SlackPayloadJson:
    """Build a text object that Slack does not parse. It is clipped to `limit`, and "…" if it would be empty."""
    return {"type": "plain_text", "text": clip_slack_text(words, limit).strip() or "…", "emoji": True}


def render_context_block(words: str) -> SlackPayloadJson:
    """Render a small line."""
    return {"type": "context", "elements": [render_plain_text(words, limits.CONTEXT_TEXT)]}


def _is_a_line(card: Card) -> bool:
    """Return whether the card is too small for a headline, as a notice or a gift that was taken back."""
    return card.tone == "neutral" and bool(card.body)


def _within(body: list[SlackPayloadJson], room: int, copy: Copy) -> list[SlackPayloadJson]:
    """Return as many blocks as fit, in number and in size, and then a count of those left out."""
    sizes = accumulate(measure_slack_text(json.dumps(block, ensure_ascii=False)) for block in body)
    fitting = sum(size <= limits.ALL_BLOCKS_JSON for size in sizes)
    if fitting == len(body) <= room:
        return body
    kept = max(min(fitting, room - 1), 0)
    return [*body[:kept], render_context_block(copy.line("slack.more", count=len(body) - kept))][:room]


def _part(part: Part, copy: Copy) -> list[SlackPayloadJson]:
    match part:
        case Text(spans):
            return _text(spans)
        case Quote(words):
            return _one(render_quote_block(words))
        case Facts(rows):
            return _lines([(Bold(f"{name}:"), " ", *value) for name, value in rows], copy)
        case Picture(url, alt):
            return _picture(url, alt)
        case Person(mention, detail):
            return _one(render_spans_block((mention, " · ", Muted(detail.strip())) if detail.strip() else (mention,)))
        case Table(headers, rows):
            return _table(headers, rows, copy)
        case Meter(label, value, maximum):
            return _one(
                render_spans_block((f"{label}  {_cells(value, maximum)}  {copy.number(value)}/{copy.number(maximum)}",))
            )
        case Divider():
            return [{"type": "divider"}]
        case _:
            assert_never(part)


def _one(found: SlackPayloadJson | None) -> list[SlackPayloadJson]:
    return [found] if found else []


def _text(spans: Sequence[Span]) -> list[SlackPayloadJson]:
    words = "".join(get_span_text(span) for span in spans)
    if words.strip() and all(isinstance(span, Muted) for span in spans):
        return [render_context_block(words)]
    return _one(render_spans_block(spans))


def _table(headers: Sequence[str], rows: Iterable[Sequence[Sequence[Span]]], copy: Copy) -> list[SlackPayloadJson]:
    title = [(Bold(" · ".join(headers)),)] if any(headers) else []
    return _lines([*title, *(_joined(row) for row in rows)], copy)


def _joined(cells: Sequence[Sequence[Span]]) -> tuple[Span, ...]:
    out: list[Span] = []
    for cell in cells:
        out += [" · ", *cell] if out else cell
    return tuple(out)


def _lines(lines: Sequence[Sequence[Span]], copy: Copy) -> list[SlackPayloadJson]:
    """Return the lines of spans as one block, with a count of those left out."""
    out: list[Span] = []
    room = limits.TEXT - 100  # for the count
    for number, line in enumerate(lines):
        size = sum(measure_slack_text(get_span_text(span)) for span in line) + 1
        if size > room and number:
            out += ["\n", copy.line("slack.more", count=len(lines) - number)]
            break
        out += ["\n", *line] if number else line
        room -= size
    return _one(render_spans_block(out))


def _picture(url: str, alt: str) -> list[SlackPayloadJson]:
    """Return the block of a picture, or a link to it unless the address is https.

    Slack fetches the picture itself and refuses the whole message if that fails.
    """
    address = parse_slack_link(url)
    if address is None or not address.startswith("https://"):
        return _one(render_spans_block((Url(alt, url),)))
    return [{"type": "image", "image_url": address, "alt_text": clip_slack_text(alt, limits.ALT_TEXT).strip() or "…"}]


def _cells(value: int, maximum: int) -> str:
    full = round(SLACK_METER_BLOCKS * min(max(value / maximum, 0), 1)) if maximum > 0 else 0
    return "▰" * full + "▱" * (SLACK_METER_BLOCKS - full)


def _actions(actions: Sequence[Action], copy: Copy) -> list[SlackPayloadJson]:
    elements = [element for number, action in enumerate(actions) if (element := _action(action, number, copy))]
    groups = [elements[at : at + limits.ACTIONS] for at in range(0, len(elements), limits.ACTIONS)]
    return [{"type": "actions", "elements": group} for group in groups]


def _action(action: Action, number: int, copy: Copy) -> SlackPayloadJson | None:
    match action:
        case Button(label, token, style, confirm):
            asked = {"confirm": _confirm(label, confirm, copy)} if confirm.strip() else {}
            return render_slack_button(f"{PRESS_ACTION}-{number}", label, token) | SLACK_BUTTON_STYLES[style] | asked
        case Link(label, url):
            address = parse_slack_link(url)
            return (
                render_slack_button(f"{LINK_ACTION}-{number}", label, f"{LINK_ACTION}-{number}") | {"url": address}
                if address
                else None
            )
        case _:
            assert_never(action)


def render_slack_button(action_id: str, label: str, value: str) -> SlackPayloadJson:
    """Render a button. Its `value` is sent when it is pressed, cut to Slack's limit."""
    text = render_plain_text(label, limits.BUTTON_LABEL)
    return {"type": "button", "action_id": action_id, "text": text, "value": value[: limits.BUTTON_VALUE]}


def _confirm(label: str, question: str, copy: Copy) -> dict[str, Any]:
    return {
        "title": render_plain_text(label, limits.CONFIRM_TITLE),
        "text": render_plain_text(question, limits.CONFIRM_TEXT),
        "confirm": render_plain_text(label, limits.CONFIRM_BUTTON),
        "deny": render_plain_text(copy.line("slack.cancel"), limits.CONFIRM_BUTTON),
    }
