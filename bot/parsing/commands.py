"""Reading what people typed: the verb, and the nearest one where there is none of that name."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

from bot.parsing.gift_text import has_leading_receiver
from bot.protocol.elements import Mention
from bot.protocol.turns import Words

KUDOS_VERB = "kudos"  # what a line is that begins with somebody

MAX_ECHO_LENGTH = 40  # characters of what nobody understood

MIN_COMMAND_SIMILARITY = 0.7  # of 1: how alike a mistyped command is at least

MIN_SUGGESTION_LENGTH = 4  # characters

UNSEEN_MARKS = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # blanks and direction marks

VERB_TRAILING_MARKS = ".…*_`~'’»”)-–—"  # what ends a word without being of it

RECEIVER_START_MARKS = "@{"

OWN_NAME_PATTERN = re.compile(r"@?laurel(?![\w@-]|\.\w)", re.IGNORECASE)

VERB_PATTERN = re.compile(
    rf"""(?P<verb>[^\s{UNSEEN_MARKS}{RECEIVER_START_MARKS}:,;!?"“”„«»()\[\]]+|[^\s{UNSEEN_MARKS}]+)
    [:,;!?"”»)\]]* [\s{UNSEEN_MARKS}]* (?:[:,;–—-]+(?=[\s{RECEIVER_START_MARKS}]|\Z))? [\s{UNSEEN_MARKS}]*""",
    re.VERBOSE,
)


def join_verb(verb: str, words: Words) -> Words:
    """The line as one who types it all writes it: a verb that came apart stands in front again."""
    if not verb:
        return words
    first, rest = _apart(words)
    return (f"/{verb} {first}", *rest)


def split_verb(words: Words) -> tuple[str, Words]:
    """The verb (lower case) and what follows it.

    Passed over: a slash, our own name, punctuation and blanks around the verb, marks that nobody sees. "" where there
    is nothing else; THANKING, with all the words, where somebody stands in the place of a verb.
    """
    first, rest = _apart(words)
    start = _start(first)
    in_code, first = "`" in first[:start], first[start:]
    said = (first, *rest) if first else rest
    if has_leading_receiver(said) and not in_code:
        return KUDOS_VERB, said
    found = VERB_PATTERN.match(first)
    if found is None:
        return "", said
    after = first[found.end() :]
    return found["verb"].rstrip(VERB_TRAILING_MARKS).lower() or found["verb"].lower(), (
        (after, *rest) if after else rest
    )


def suggest_command(typed: str, names: Iterable[str]) -> str | None:
    """The name most like what was typed, or None where none is near: of very short words most are like another."""
    found = (
        get_close_matches(typed, list(names), n=1, cutoff=MIN_COMMAND_SIMILARITY)
        if len(typed) >= MIN_SUGGESTION_LENGTH
        else []
    )
    return found[0] if found else None


def shorten_typed_text(typed: str) -> str:
    """What nobody understood, as a sentence shows it: its beginning, at most SHOWN characters and a mark."""
    return typed if len(typed) <= MAX_ECHO_LENGTH else f"{typed[:MAX_ECHO_LENGTH].rstrip()}…"


def format_typed_words(words: Words) -> str:
    """What the person wrote, ready to be sent again: mentions by name, or as the platform wrote them without one."""
    return "".join(part if isinstance(part, str) else _typed(part) for part in words).strip()


def _typed(mention: Mention) -> str:
    nameless = mention.account and mention.name.strip() in ("", mention.account)
    return f"<@{mention.account}>" if nameless else f"@{mention.name}"


def _apart(words: Words) -> tuple[str, Words]:
    """The text that the words begin with ("" before a mention), and the rest."""
    return (words[0], words[1:]) if words and isinstance(words[0], str) else ("", words)


def _start(text: str) -> int:
    """Where the text really begins: after blanks, punctuation and our own name."""
    at = 0
    while at < len(text):
        if name := OWN_NAME_PATTERN.match(text, at):
            at = name.end()
        elif _is_passed_over(text[at]):
            at += 1
        else:
            break
    return at


def _is_passed_over(mark: str) -> bool:
    return mark not in RECEIVER_START_MARKS and (mark in "`~" or unicodedata.category(mark)[0] in "ZCP")
