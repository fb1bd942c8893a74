"""Parsing typed commands: the verb, and the nearest known one if it is unknown."""

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
    """Return the line as if it were typed in full: a separate verb is put in front again."""
    if not verb:
        return words
    first, rest = _apart(words)
    return (f"/{verb} {first}", *rest)


def split_verb(words: Words) -> tuple[str, Words]:
    """Split the words into the verb (lower case) and what follows it.

    This skips a slash, the bot's name, punctuation and blanks around the verb, and invisible marks. The verb is "" if
    the rest is empty. It is KUDOS_VERB, with all the words, if a receiver is in the place of a verb.
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
    """Return the name most like what was typed, or None if none is close.

    Very short input is skipped, because it resembles most names.
    """
    found = (
        get_close_matches(typed, list(names), n=1, cutoff=MIN_COMMAND_SIMILARITY)
        if len(typed) >= MIN_SUGGESTION_LENGTH
        else []
    )
    return found[0] if found else None


def shorten_typed_text(typed: str) -> str:
    """Shorten unrecognised text for a sentence: at most MAX_ECHO_LENGTH characters and an ellipsis."""
    return typed if len(typed) <= MAX_ECHO_LENGTH else f"{typed[:MAX_ECHO_LENGTH].rstrip()}…"


def format_typed_words(words: Words) -> str:
    """Return the text as the person wrote it, ready to be sent again.

    Mentions appear by name, or in the platform's own format if they have none.
    """
    return "".join(part if isinstance(part, str) else _typed(part) for part in words).strip()


def _typed(mention: Mention) -> str:
    nameless = mention.account and mention.name.strip() in ("", mention.account)
    return f"<@{mention.account}>" if nameless else f"@{mention.name}"


def _apart(words: Words) -> tuple[str, Words]:
    """Split the words into the text they begin with ("" before a mention) and the rest."""
    return (words[0], words[1:]) if words and isinstance(words[0], str) else ("", words)


def _start(text: str) -> int:
    """Return where the text really begins: after blanks, punctuation and the bot's name."""
    at = 0
    while at < len(text):
        if name := OWN_NAME_PATTERN.match(text, at):
            at = name.end()
        elif text[at] not in RECEIVER_START_MARKS and (text[at] in "`~" or unicodedata.category(text[at])[0] in "ZCP"):
            at += 1
        else:
            break
    return at
