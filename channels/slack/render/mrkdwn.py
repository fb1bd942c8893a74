"""Spans as Slack text: mrkdwn if it shows them exactly, else rich text, which is not parsed.

mrkdwn has escapes for `& < >` only. A name such as "a*b*" or a line that starts with ">" would become markup there.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import assert_never
from urllib.parse import urlsplit

from bot.protocol.elements import Bold, Date, Emoji, Mention, Muted, Span, Url
from channels.slack import limits
from channels.slack.types import SlackPayloadJson, is_slack_account

SLACK_INVISIBLE_PATTERN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
MRKDWN_PATTERN = re.compile(r"[*_~`|]|:[^\s:]+:|^[^\S\n]*+>", re.MULTILINE)
SLACK_DATE_FORMAT = "{date_short}, {time}"  # Slack's "today" would stand oddly in some of our sentences


def escape_mrkdwn(words: str) -> str:
    """Escape `& < >` for mrkdwn. Its own marks `* _ ~` keep their effect."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def strip_slack_invisible(words: str) -> str:
    """Remove invisible characters: control characters, and those that change the text direction."""
    return SLACK_INVISIBLE_PATTERN.sub("", words)


def measure_slack_text(words: str) -> int:
    """Return the length of the text in UTF-16 units."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


def clip_slack_text(words: str, limit: int) -> str:
    """Clip the text to at most `limit` UTF-16 units and mark the cut with "…". Invisible characters are removed."""
    words = strip_slack_invisible(words)
    if measure_slack_text(words) <= limit:
        return words
    cut = words.encode("utf-16-le", "surrogatepass")[: (limit - 1) * 2].decode("utf-16-le", "ignore")
    return cut.rstrip().rstrip("\u200d\ufe0f") + "…"


def clip_escaped_mrkdwn(words: str, limit: int) -> str:
    """Escape the text and clip it to at most `limit` UTF-16 units after escaping. An entity is never cut in two."""
    room = limit
    while measure_slack_text(escaped := escape_mrkdwn(clip_slack_text(words, room))) > limit:
        room -= max((measure_slack_text(escaped) - limit) // 5, 1)
    return escaped


def parse_slack_link(url: str) -> str | None:
    """Return the address if it is http or https and fits, else None. Characters that would end a link are encoded."""
    address = "".join(f"%{ord(c):02X}" if c in "<>|\"' " else c for c in strip_slack_invisible(url.strip()))
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    fits = measure_slack_text(address) <= limits.URL and not re.search(r"\s", address)
    return address if fits and parts.scheme in ("http", "https") and parts.hostname else None


def render_spans_block(spans: Sequence[Span]) -> SlackPayloadJson | None:
    """Render the spans as one block within the limit. Return None if they are empty."""
    kept = _fitting(spans)
    if not kept:
        return None
    words = _mrkdwn(kept)
    if words is None or measure_slack_text(words) > limits.TEXT:
        return render_rich_text("rich_text_section", kept)
    return _section(words)


def render_rich_text(kind: str, spans: Sequence[Span]) -> SlackPayloadJson:
    """Render a rich text block with one element (`rich_text_section`, `rich_text_quote`). Its spans must fit."""
    return {"type": "rich_text", "elements": [{"type": kind, "elements": [_element(span) for span in spans]}]}


def render_quote_block(words: str) -> SlackPayloadJson | None:
    """Render a person's own text as a quotation. Return None if it is empty."""
    words = clip_slack_text(words, limits.TEXT)
    if not words.strip():
        return None
    marked = "\n".join(f">{escape_mrkdwn(line)}" for line in words.split("\n"))
    if MRKDWN_PATTERN.search(words) or measure_slack_text(marked) > limits.TEXT:
        return render_rich_text("rich_text_quote", [words])
    return _section(marked)


def get_span_text(span: Span) -> str:
    """Return the text that a reader sees of the span."""
    match span:
        case str():
            return span
        case Bold(words) | Muted(words) | Emoji(words) | Mention(words) | Url(words):
            return words
        case Date(fallback=words):
            return words
        case _:
            assert_never(span)


def _fitting(spans: Sequence[Span]) -> list[Span]:
    """Return the spans without empty ones, cut at the limit."""
    kept: list[Span] = []
    room = limits.TEXT
    for span in spans:
        words = strip_slack_invisible(get_span_text(span))
        if isinstance(span, Mention) and not words:
            words = "?"
        if not words:
            continue
        if measure_slack_text(words) > room:
            kept.append(clip_slack_text(words, room) if room > 1 else "…")
            break
        kept.append(strip_slack_invisible(span) if isinstance(span, str) else span)
        room -= measure_slack_text(words)
    return kept if any(get_span_text(span).strip() or isinstance(span, Mention) for span in kept) else []


def _mrkdwn(spans: Sequence[Span]) -> str | None:
    """Return the spans as mrkdwn, or None if mrkdwn would change their meaning."""
    if MRKDWN_PATTERN.search("".join(get_span_text(span) for span in spans)):
        return None
    out = ""
    after_mark = False  # `*` and `_` mark only where no letter touches them outside
    for span in spans:
        piece = _piece(span)
        touches = after_mark and (isinstance(span, Bold | Muted) or get_span_text(span)[:1].isalnum())
        if piece is None or touches or (isinstance(span, Bold | Muted) and out[-1:].isalnum()):
            return None
        after_mark = isinstance(span, Bold | Muted)
        out += piece
    return out


def _piece(span: Span) -> str | None:
    match span:
        case str():
            return escape_mrkdwn(span)
        case Bold(words):
            return f"*{escape_mrkdwn(words)}*" if _on_one_line(words) else None
        case Muted(words):
            return f"_{escape_mrkdwn(words)}_" if _on_one_line(words) else None
        case Mention(name, _, account):
            return f"<@{account}>" if is_slack_account(account) else escape_mrkdwn(strip_slack_invisible(name) or "?")
        case Url(label, url):
            address = parse_slack_link(url)
            if "\n" in label:
                return None
            return f"<{escape_mrkdwn(address)}|{escape_mrkdwn(label)}>" if address else escape_mrkdwn(label)
        case Emoji(char):
            return escape_mrkdwn(char)
        case Date(value, fallback):
            moment = _epoch(value)
            return (
                f"<!date^{moment}^{SLACK_DATE_FORMAT}|{escape_mrkdwn(fallback)}>"
                if moment is not None
                else escape_mrkdwn(fallback)
            )
        case _:
            assert_never(span)


def _element(span: Span) -> SlackPayloadJson:
    match span:
        case str():
            return _plain(span)
        case Bold(words):
            return _plain(words) | {"style": {"bold": True}}
        case Muted(words):
            return _plain(words) | {"style": {"italic": True}}
        case Mention(name, _, account):
            return (
                {"type": "user", "user_id": account}
                if is_slack_account(account)
                else _plain(strip_slack_invisible(name) or "?")
            )
        case Url(label, url):
            address = parse_slack_link(url)
            return _plain(label) | ({"type": "link", "url": address} if address else {})
        case Emoji(char):
            return _plain(char)
        case Date(value, fallback):
            moment = _epoch(value)
            date = {
                "type": "date",
                "timestamp": moment,
                "format": SLACK_DATE_FORMAT,
                "fallback": strip_slack_invisible(fallback),
            }
            return _plain(fallback) if moment is None else date
        case _:
            assert_never(span)


def _section(words: str) -> SlackPayloadJson:
    return {"type": "section", "text": {"type": "mrkdwn", "text": words, "verbatim": True}}


def _plain(words: str) -> SlackPayloadJson:
    return {"type": "text", "text": strip_slack_invisible(words)}


def _on_one_line(words: str) -> bool:
    return words == words.strip() and "\n" not in words


def _epoch(value: object) -> int | None:
    """Return the seconds since the epoch for a datetime, else None.

    A plain date would show as the day before in some time zones.
    """
    return int(value.timestamp()) if isinstance(value, datetime) else None
