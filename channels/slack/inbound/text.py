"""What a person typed, of Slack's own way of writing it."""

import re

from bot.parsing.words import join_adjacent_text
from bot.protocol.elements import Mention
from bot.protocol.turns import Words

SLACK_TOKEN_PATTERN = re.compile(
    r"<([^<>]*)>"
)  # what a person types as "<" arrives as "&lt;": each of these is Slack's own

TAG_BREAKER = "\u2060"  # an invisible mark between "#" and a channel's name, which is then no tag


def parse_slack_text(text: str) -> Words:
    """Parse Slack's markup into what was typed: `<@U1|ana>`, `<http://…|…>`, `<#C1|…>`, `&amp;` and the rest."""
    pieces = enumerate(SLACK_TOKEN_PATTERN.split(text))
    return join_adjacent_text(_token(piece) if number % 2 else unescape_slack_text(piece) for number, piece in pieces)


def _token(inner: str) -> str | Mention:
    target, _, label = inner.partition("|")
    label = unescape_slack_text(label)
    if target.startswith("@"):
        return Mention(label or target[1:], account=target[1:])
    if target.startswith("#"):
        return f"#{TAG_BREAKER}{label or '…'}"  # Slack does not name a private channel
    if target.startswith("!subteam^"):
        return Mention((label or "group").removeprefix("@"), account=target.partition("^")[2])
    if target.startswith("!"):
        name = label or target[1:].partition("^")[0]
        return name if name.startswith("@") else f"@{name}"
    return _link(unescape_slack_text(target), label)


def _link(target: str, label: str) -> str:
    """Return a link as it was typed. Slack links a bare address and keeps the typed text as the label."""
    if not label or target in (label, f"http://{label}", f"https://{label}", f"mailto:{label}"):
        return label or target
    return f"{label} ({target})"


def unescape_slack_text(words: str) -> str:
    """Undo Slack's three escapes in a text."""
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
