"""`@ana ++ for the fix`: kudos without the word. Only a person may be meant; "c++", dates, links and code are none."""

import re
from collections.abc import Collection, Iterator, Sequence

from bot.parsing.words import join_adjacent_text
from bot.protocol.elements import Mention
from bot.protocol.turns import Words

PLUS_PLUS_PATTERN = re.compile(r"[,:]?\s{0,3}\+\+(?![+\w=])")
TYPED_NAME_PLUS_PATTERN = re.compile(r"\A(\s*@\w(?:[\w.'’-]*\w)?)\s{0,3}\+\+(?![+\w=])")
BETWEEN_RECEIVERS_PATTERN = re.compile(r"\s*+(?:[,;&]\s*+)?(?:(?:and|y|e)\s++)?", re.IGNORECASE)
CODE_MARK = "`"
MAX_THANKS_PER_MESSAGE = 20  # lines of one message that each thank someone


def split_plus_plus(words: Words, verbs: Collection[str]) -> tuple[Words, ...]:
    """Split a message into its `++` thanks, and remove the `++`.

    Return () if it has no such thanks, or begins with a command. A line that begins with a receiver and `++` starts a
    new thanks, and the lines after it are its text. Beyond MAX_THANKS_PER_MESSAGE return one empty thanks, so that the
    bot asks.
    """
    if _begins_with(words, verbs):
        return ()
    parts = [strip_plus_plus(part, ()) for part in _split_at_receivers(words)]
    thanks = tuple(part for part in parts if part is not None)
    return thanks if len(thanks) <= MAX_THANKS_PER_MESSAGE else ((),)


def _split_at_receivers(words: Words) -> Iterator[Words]:
    """Split the message before each line that begins with a receiver and `++`, except the first such line."""
    part: list[str | Mention] = []
    is_begun = is_code = False
    for line in _split_lines(words):
        begins = not is_code and _begins_with_receiver(line)
        if begins and is_begun:
            yield join_adjacent_text(part)
            part = []
        part += ["\n", *line] if part else line
        is_begun = is_begun or begins
        is_code ^= sum(text.count(CODE_MARK) for text in line if isinstance(text, str)) % 2 == 1
    yield join_adjacent_text(part)


def _split_lines(words: Words) -> list[list[str | Mention]]:
    lines: list[list[str | Mention]] = [[]]
    for part in words:
        first, *others = part.split("\n") if isinstance(part, str) else (part,)
        lines[-1].append(first)
        lines += [[other] for other in others]
    return lines


def _begins_with_receiver(line: Sequence[str | Mention]) -> bool:
    """Return whether the line begins with mentions, or with one typed name, directly followed by `++`."""
    if line and isinstance(line[0], str) and TYPED_NAME_PLUS_PATTERN.match(line[0]):
        return True
    is_named = False
    for part in line:
        if isinstance(part, Mention):
            is_named = True
        elif is_named and PLUS_PLUS_PATTERN.match(part):
            return True
        elif not BETWEEN_RECEIVERS_PATTERN.fullmatch(part):
            return False
    return False


def strip_plus_plus(words: Words, verbs: Collection[str]) -> Words | None:
    """Remove the `++` behind the people mentioned.

    Return None if there is no `++`, or if the message begins with a command. A typed name counts at the beginning only
    ("@ana ++"): the dialog finds the person, or asks.
    """
    if _begins_with(words, verbs):
        return None
    out: list[str | Mention] = []
    is_code = False
    for at, part in enumerate(words):
        out.append(_strip_after_receiver(words, at, is_code) if isinstance(part, str) else part)
        is_code ^= isinstance(part, str) and part.count(CODE_MARK) % 2 == 1
    return tuple(part for part in out if part) if tuple(out) != words else None


def _strip_after_receiver(words: Words, at: int, is_code: bool) -> str:
    """Return the text at index `at` without the `++` of the receiver before it."""
    part = str(words[at])
    if at == 0:
        return TYPED_NAME_PLUS_PATTERN.sub(r"\1", part)
    found = PLUS_PLUS_PATTERN.match(part)
    return part[found.end() :] if found and isinstance(words[at - 1], Mention) and not is_code else part


def _begins_with(words: Words, verbs: Collection[str]) -> bool:
    typed = words[0].split() if words and isinstance(words[0], str) else []
    return bool(typed) and typed[0].removeprefix("/").lower() in verbs
