"""Parsing free text: the receivers, the message itself, and its tags."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile

from sqlalchemy.ext.asyncio import AsyncSession

from bot.protocol.elements import Mention
from bot.protocol.turns import Words
from engine.kudos.tags import is_tag_character, normalize_tag
from engine.people.names import fold_name
from engine.people.search import find_full_names

MAX_NAMES_PER_TURN = 100  # names in one turn
MAX_NAME_WORDS = 5  # words after an "@" that may be one name
RECEIVER_QUOTE_MARKS = '"“”„«»'

RECEIVER_PATTERN = re.compile(
    rf"""@?(?P<email>[^\s@,;:<>(){{}}{RECEIVER_QUOTE_MARKS}]+@[^\W_](?:[\w.-]*[^\W_])?\.[^\W\d_]{{2,}})(?![\w@-])
    |@?[{RECEIVER_QUOTE_MARKS}](?P<quoted>[^{RECEIVER_QUOTE_MARKS}\n]{{1,255}})[{RECEIVER_QUOTE_MARKS}]
    |@(?P<typed>\w(?:[\w.'’-]*\w)?)""",
    re.VERBOSE,
)

AT_SIGN = re.compile(r"(?<!\S)@(?=\w)")
AT_NAME = re.compile(r"(?<!\w)@(?=\w)")
NAME_WORDS = re.compile(rf"\w[\w.'’-]*(?:[^\S\n]+\w[\w.'’-]*){{0,{MAX_NAME_WORDS - 1}}}")
RECEIVER_SEPARATOR = re.compile(r"\s*[,;&]\s*(?:(?:and|y|e)\s+)?|\s+(?:and|y|e)\s+|\s*", re.IGNORECASE)
NAME_LIST_SEPARATOR = re.compile(r"[,;&\n]|\s(?:and|y|e)\s", re.IGNORECASE)

AFTER_RECEIVERS_PATTERN = re.compile(
    r"[.,;:!–—-]+(?=\s|$)\s*|\s*(?:,|[;:](?=\s|$))?\s*"
)  # what is glued to a name belongs to it

CODE_OR_URL_PATTERN = re.compile(
    r"""```.*?(?:```|\Z) | ^[ \t]*+~~~.*?(?:~~~|\Z) | ~~~.*?~~~ | ``[^\n]+?`` | `[^`\n]+`
    | \b[a-z][a-z0-9+.-]{0,30}://\S+ | \bwww\.\S+
    | (?<![\w.-])(?:(?:[\w-]+\.)+[^\W_]{2,63}|localhost)(?::\d+)?[/?]\S*""",
    re.IGNORECASE | re.DOTALL | re.MULTILINE | re.VERBOSE,
)

HASHTAG_PATTERN = re.compile(r"(?<![^\W_])(?<![#/&=])#([^\s#]+)")


@dataclass(frozen=True, slots=True)
class ParsedGift:
    """What a line comes to. `receivers` are mentions, and names or addresses as they were typed."""

    receivers: Words
    words: str


@dataclass(frozen=True, slots=True)
class GiftLine:
    """Words as one text, in which each mention is its name. `places` are the mentions' positions (start, end).

    `full_names` are folded names that count as one name although they have several words. `last_brace` is the position
    of the last "}" in the plain text, -1 without one.
    """

    text: str
    places: tuple[tuple[int, int, Mention], ...]
    full_names: Collection[str] = ()
    last_brace: int = -1

    def mention_at(self, at: int) -> tuple[Mention, int] | None:
        """Return the mention that begins at `at` and its end, or None."""
        start, end, mention = self._next(at)
        return (mention, end) if mention and start == at else None

    def plain_until(self, at: int) -> int:
        """Return where the plain text from `at` ends: at the next mention, or at the end of the text."""
        return self._next(at)[0]

    def is_plain(self, at: int) -> bool:
        before = bisect_right(self.places, at, key=_start)
        return not before or self.places[before - 1][1] <= at

    def _next(self, at: int) -> tuple[int, int, Mention | None]:
        """Return the first mention from `at` on, with its start and end; None at the end of the text if there is none.

        It uses a binary search, to be fast with many mentions.
        """
        first = bisect_left(self.places, at, key=_start)
        return self.places[first] if first < len(self.places) else (len(self.text), len(self.text), None)


def _start(place: tuple[int, int, Mention]) -> int:
    return place[0]


async def parse_gift_with_names(session: AsyncSession, words: Words) -> ParsedGift:
    """Parse a gift like `parse_gift_text`, where "@Ana Gómez" is one name if a colleague has that name.

    This takes one round trip if an "@" was typed.
    """
    return parse_gift_text(words, await find_full_names(session, _typed_names(_as_line(words))))


def parse_gift_text(words: Words, full_names: Collection[str] = ()) -> ParsedGift:
    """Split the text into receivers and message.

    The receivers are the leading ones, or else the only ones at the end. The rest is kept exactly, without its outer
    spaces. A receiver is a mention, an e-mail address, `@name`, `"Ana López"` or `{Ana López, Bob}`; an "@" is followed
    by one word, or by the longest of the `full_names` (folded). A mention in the message stays there as its name. Any
    text can be parsed; what is no receiver belongs to the message.
    """
    line = _as_line(words, full_names)
    first = len(line.text) - len(line.text.lstrip())
    receivers, end = _group(line, first)
    if receivers:
        rest = line.text[_end(AFTER_RECEIVERS_PATTERN, line, end) :]
        return ParsedGift(receivers, rest.strip())
    receivers, rest = _trailing(line)
    return ParsedGift(receivers, rest.strip())


def has_leading_receiver(words: Words) -> bool:
    """Return whether the words begin with a receiver: a mention, a name or an address."""
    return _item(_as_line(words), 0) is not None


def find_hashtags(text: str) -> tuple[str, ...]:
    """Find the tags in the text, normalised and without duplicates. Tags in URLs and code are ignored."""
    plain = CODE_OR_URL_PATTERN.sub(lambda skipped: " " * len(skipped[0]), text)
    raws = ("".join(takewhile(is_tag_character, match[1])) for match in HASHTAG_PATTERN.finditer(plain))
    return tuple(dict.fromkeys(name for name in map(normalize_tag, raws) if name))


def split_name_list(text: str) -> tuple[str, ...]:
    """Split a typed list into names: "@ana, Bob and «Carla Díaz»" holds three."""
    bare = (
        item.strip().strip(RECEIVER_QUOTE_MARKS).removeprefix("@").strip() for item in NAME_LIST_SEPARATOR.split(text)
    )
    return tuple(name for name in bare if name)


def _as_line(words: Words, full_names: Collection[str] = ()) -> GiftLine:
    texts: list[str] = []
    places: list[tuple[int, int, Mention]] = []
    length, last_brace = 0, -1
    for part in words:
        shown = (part.name.strip() or part.account or "?") if isinstance(part, Mention) else part
        if isinstance(part, Mention):
            places.append((length, length + len(shown), part))
        elif "}" in part:
            last_brace = length + part.rindex("}")
        texts.append(shown)
        length += len(shown)
    return GiftLine("".join(texts), tuple(places), full_names, last_brace)


def _typed_names(line: GiftLine) -> set[str]:
    """Find the folded texts after an "@" that may be names of several words."""
    starts = (sign.end() for sign in AT_NAME.finditer(line.text) if line.is_plain(sign.start()))
    found = (
        fold_name(line.text[start:end]) for start in islice(starts, MAX_NAMES_PER_TURN) for end in _ends(line, start)
    )
    return {name for name in found if " " in name}


def _ends(line: GiftLine, at: int) -> Iterator[int]:
    """Yield where a name that begins at `at` may end: after several words, longest first.

    Each end comes with and without a trailing mark.
    """
    found = NAME_WORDS.match(line.text, at, line.plain_until(at))
    words = list(re.finditer(r"\S+", found[0])) if found else []
    for word in reversed(words[1:]):
        marks = len(word[0]) - len(word[0].rstrip(".'’-"))
        yield from dict.fromkeys((at + word.end(), at + word.end() - marks))


def _group(line: GiftLine, at: int) -> tuple[Words, int]:
    """Return the receivers that follow each other from `at` on, and where they end.

    After the first one, quotes, braces and addresses name another receiver only after a separator; else they belong to
    the message.
    """
    found: list[str | Mention] = []
    end = start = at
    while (not found or _is_joined(line, end, start)) and (item := _item(line, start)):
        receivers, end = item
        found += receivers
        start = _end(RECEIVER_SEPARATOR, line, end)
    return tuple(found), end


def _is_joined(line: GiftLine, end: int, start: int) -> bool:
    """Return whether the text at `start` continues the receivers that ended at `end`."""
    return bool(line.text[end:start].strip()) or line.text.startswith("@", start) or line.mention_at(start) is not None


def _item(line: GiftLine, at: int) -> tuple[Words, int] | None:
    """Return the receiver at `at`, or several in braces, with the end; None if there is none."""
    if mentioned := line.mention_at(at):
        return (mentioned[0],), mentioned[1]
    if line.text.startswith("{", at):
        return _braced(line, at)
    match = RECEIVER_PATTERN.match(line.text, at, line.plain_until(at))
    if match is None:
        return None
    if match.lastgroup == "typed":
        return _called(line, match)
    name = match[match.lastgroup or 0].strip()
    return ((name,), match.end()) if name else None


def _called(line: GiftLine, match: re.Match[str]) -> tuple[Words, int]:
    """Return the name after an "@" and its end: the longest known full name, else one word."""
    start = match.start("typed")
    ends = (end for end in _ends(line, start) if fold_name(line.text[start:end]) in line.full_names)
    end = next(ends, match.end())
    return (line.text[start:end],), end


def _braced(line: GiftLine, at: int) -> tuple[Words, int] | None:
    """Return the receivers in braces (mentions, and names between commas) and the end; None if there are none."""
    found: list[str | Mention] = []
    at += 1
    while at <= line.last_brace:  # without an end they are not looked through, however many of them there are
        until = line.plain_until(at)
        plain, brace, _ = line.text[at:until].partition("}")
        found += split_name_list(plain)
        if brace:
            return (tuple(found), at + len(plain) + 1) if found else None
        if mentioned := line.mention_at(until):
            found.append(mentioned[0])
            until = mentioned[1]
        at = until
    return None


def _trailing(line: GiftLine) -> tuple[Words, str]:
    """Return the receivers at the end, and the message.

    If people are named elsewhere too, the receivers are empty: the bot does not guess. If tags or marks (no letters)
    follow the receivers, the message is the whole text.
    """
    groups = _groups(line)
    if len(groups) != 1:
        return (), line.text
    start, end, receivers = groups[0]
    tail = line.text[end:]
    if any(mark.isalnum() for mark in re.sub(r"#\S+", "", tail)):
        return (), line.text
    return receivers, line.text if tail.strip() else line.text[:start]


def _groups(line: GiftLine) -> list[tuple[int, int, Words]]:
    """Find each group of mentions and @names in the text, as (start, end, receivers)."""
    typed = (match.start() for match in AT_SIGN.finditer(line.text))
    starts = sorted({start for start, _, _ in line.places} | {at for at in typed if line.is_plain(at)})
    found: list[tuple[int, int, Words]] = []
    for start in starts:
        if not found or start >= found[-1][1]:
            receivers, end = _group(line, start)
            found.append((start, end, receivers))
    return found


def _end(pattern: re.Pattern[str], line: GiftLine, at: int) -> int:
    """Return where the separator at `at` ends, without reaching into a mention."""
    match = pattern.match(line.text, at, line.plain_until(at))
    return match.end() if match else at
