"""`@ana ++ for the fix`: kudos without the word. Only a person may be meant; "c++", dates, links and code are none."""

import re
from collections.abc import Collection

from bot.protocol.elements import Mention
from bot.protocol.turns import Words

PLUS_PLUS_PATTERN = re.compile(r"[,:]?\s{0,3}\+\+(?![+\w=])")

TYPED_NAME_PLUS_PATTERN = re.compile(r"\A(\s*@\w(?:[\w.'’-]*\w)?)\s{0,3}\+\+(?![+\w=])")

CODE_MARK = "`"


def strip_plus_plus(words: Words, verbs: Collection[str]) -> Words | None:
    """The words without the `++` behind those who are mentioned; None where there is none, or a command begins them.

    A name that was only typed counts at the beginning ("@ana ++"): the dialog finds out whose it is, or asks.
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
    """The text at that place without the `++` of the receiver in front of it."""
    part = str(words[at])
    if at == 0:
        return TYPED_NAME_PLUS_PATTERN.sub(r"\1", part)
    found = PLUS_PLUS_PATTERN.match(part)
    return part[found.end() :] if found and isinstance(words[at - 1], Mention) and not is_code else part


def _begins_with(words: Words, verbs: Collection[str]) -> bool:
    typed = words[0].split() if words and isinstance(words[0], str) else []
    return bool(typed) and typed[0].removeprefix("/").lower() in verbs
