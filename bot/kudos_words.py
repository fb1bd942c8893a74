"""Reading free text: for whom it is, the words themselves, and the tags among them."""

import re
from dataclasses import dataclass
from itertools import takewhile

from bot.cards import Mention
from bot.turns import Words
from engine import tags

QUOTES = '"“”„«»'
NAMED = re.compile(
    rf"""@?(?P<email>[^\s@,;:<>(){{}}{QUOTES}]+@[^\W_](?:[\w.-]*[^\W_])?\.[^\W\d_]{{2,}})(?![\w@-])
    |@?[{QUOTES}](?P<quoted>[^{QUOTES}\n]{{1,255}})[{QUOTES}]
    |@(?P<typed>\w(?:[\w.'’-]*\w)?)""",
    re.VERBOSE,
)
AT_SIGN = re.compile(r"(?<!\S)@(?=\w)")
BETWEEN = re.compile(r"\s*[,;&]\s*(?:(?:and|y|e)\s+)?|\s+(?:and|y|e)\s+|\s*", re.IGNORECASE)
SEVERAL = re.compile(r"[,;&\n]|\s(?:and|y|e)\s", re.IGNORECASE)
AFTER = re.compile(r"\s*(?:[,;]|:(?=\s|$))?\s*")
UNTAGGED = re.compile(
    r"```.*?```|``[^\n]+?``|`[^`\n]+`|\b[a-z][a-z0-9+.-]{0,30}://\S+|\bwww\.\S+", re.IGNORECASE | re.DOTALL
)
TAG = re.compile(r"(?<![^\W_])(?<![#/&=])#([^\s#]+)")


@dataclass(frozen=True, slots=True)
class Said:
    """What a line comes to. `receivers` are mentions, and names or addresses as they were typed."""

    receivers: Words
    words: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Words as one text, in which each mention is its name; `places` say where they stand (start, end)."""

    text: str
    places: tuple[tuple[int, int, Mention], ...]

    def mention_at(self, at: int) -> tuple[Mention, int] | None:
        """The mention that begins at `at`, with where it ends."""
        return next(((mention, end) for start, end, mention in self.places if start == at), None)

    def plain_until(self, at: int) -> int:
        """Where the plain text from `at` ends: at the next mention, or at the end."""
        return next((start for start, _, _ in self.places if start >= at), len(self.text))

    def is_plain(self, at: int) -> bool:
        return not any(start <= at < end for start, end, _ in self.places)


def parse(words: Words) -> Said:
    """Leading receivers, or else the only ones at the end; the rest to the letter, without its outer spaces.

    A receiver is a mention, an e-mail address, `@name`, `"Ana López"` or `{Ana López, Bob}`. A mention among the words
    stays there as its name. Any text is read; what names nobody is words.
    """
    line = _as_line(words)
    first = len(line.text) - len(line.text.lstrip())
    receivers, end = _group(line, first)
    if receivers:
        rest = line.text[_end(AFTER, line, end) :]
        return Said(receivers, rest.strip(), found_tags(rest))
    receivers, rest = _trailing(line)
    return Said(receivers, rest.strip(), found_tags(rest))


def found_tags(text: str) -> tuple[str, ...]:
    """The tags in the text, normalised, none twice; those in URLs and code are none."""
    plain = UNTAGGED.sub(lambda skipped: " " * len(skipped[0]), text)
    raws = ("".join(takewhile(tags.allowed, match[1])) for match in TAG.finditer(plain))
    return tuple(dict.fromkeys(name for name in map(tags.normalise, raws) if name))


def names(text: str) -> tuple[str, ...]:
    """The names in a list that somebody typed: "@ana, Bob and «Carla Díaz»" holds three."""
    bare = (item.strip().strip(QUOTES).removeprefix("@").strip() for item in SEVERAL.split(text))
    return tuple(name for name in bare if name)


def _as_line(words: Words) -> Line:
    texts: list[str] = []
    places: list[tuple[int, int, Mention]] = []
    length = 0
    for part in words:
        shown = (part.name.strip() or part.account or "?") if isinstance(part, Mention) else part
        if isinstance(part, Mention):
            places.append((length, length + len(shown), part))
        texts.append(shown)
        length += len(shown)
    return Line("".join(texts), tuple(places))


def _group(line: Line, at: int) -> tuple[Words, int]:
    """The receivers that stand together from `at` on, and where they end."""
    found: list[str | Mention] = []
    end = start = at
    while item := _item(line, start):
        receivers, end = item
        found += receivers
        start = _end(BETWEEN, line, end)
    return tuple(found), end


def _item(line: Line, at: int) -> tuple[Words, int] | None:
    """One receiver at `at`, or several in braces."""
    if mentioned := line.mention_at(at):
        return (mentioned[0],), mentioned[1]
    if line.text.startswith("{", at):
        return _braced(line, at)
    match = NAMED.match(line.text, at, line.plain_until(at))
    name = match[match.lastgroup or 0].strip() if match else ""
    return ((name,), match.end()) if match and name else None


def _braced(line: Line, at: int) -> tuple[Words, int] | None:
    """What stands in braces: mentions, and names between commas."""
    found: list[str | Mention] = []
    at += 1
    while at < len(line.text):
        until = line.plain_until(at)
        plain, brace, _ = line.text[at:until].partition("}")
        found += names(plain)
        if brace:
            return (tuple(found), at + len(plain) + 1) if found else None
        if mentioned := line.mention_at(until):
            found.append(mentioned[0])
            until = mentioned[1]
        at = until
    return None


def _trailing(line: Line) -> tuple[Words, str]:
    """The receivers at the end, where nobody is named elsewhere: who would be meant is not for us to guess.

    What follows them may be tags and marks without letters; then the words are the whole text.
    """
    groups = _groups(line)
    if len(groups) != 1:
        return (), line.text
    start, end, receivers = groups[0]
    tail = line.text[end:]
    if any(mark.isalnum() for mark in re.sub(r"#\S+", "", tail)):
        return (), line.text
    return receivers, line.text if tail.strip() else line.text[:start]


def _groups(line: Line) -> list[tuple[int, int, Words]]:
    """Each group of mentions and @names in the text."""
    typed = (match.start() for match in AT_SIGN.finditer(line.text))
    starts = sorted({start for start, _, _ in line.places} | {at for at in typed if line.is_plain(at)})
    found: list[tuple[int, int, Words]] = []
    for start in starts:
        if not found or start >= found[-1][1]:
            receivers, end = _group(line, start)
            found.append((start, end, receivers))
    return found


def _end(pattern: re.Pattern[str], line: Line, at: int) -> int:
    """Where the separator at `at` ends, without reaching into a mention."""
    match = pattern.match(line.text, at, line.plain_until(at))
    return match.end() if match else at
