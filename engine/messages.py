"""The checks of a giver's message, before anything is read."""

import unicodedata

from engine.errors import Refused

MAX_MESSAGE_LENGTH = 500  # characters of the words


def check_message(words: str) -> None:
    """Refuse a message that is empty, too long, or cannot be stored.

    Raises Refused: "words_missing", "words_too_long" (length, limit), "words_unstorable".
    """
    invisible = (mark.isspace() or unicodedata.category(mark) in ("Cc", "Cf") for mark in words)
    if all(invisible):
        raise Refused("words_missing")
    if len(words) > MAX_MESSAGE_LENGTH:
        raise Refused("words_too_long", length=len(words), limit=MAX_MESSAGE_LENGTH)
    if not is_storable(words):
        raise Refused("words_unstorable")


def is_storable(words: str) -> bool:
    """Check whether a database can store the text. It cannot store NUL or half a surrogate pair."""
    return not any(mark == "\0" or "\ud800" <= mark <= "\udfff" for mark in words)
