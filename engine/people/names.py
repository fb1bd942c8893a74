"""Normalisation of names, so that typed and stored names can be compared."""

import unicodedata

UNMARKED_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "’": "'", "‘": "'"}
)  # letters that stand for themselves in Unicode, but that people type without their stroke


def fold_name(name: str) -> str:
    """A name without case and accents, its spaces collapsed: "  José  ŁUKASZ" is "jose lukasz"."""
    if name.isascii() and name.isprintable():
        return " ".join(name.casefold().split())
    plain = unicodedata.normalize("NFKD", strip_invisible(name)).casefold()
    apart = unicodedata.normalize("NFKD", plain).translate(UNMARKED_LETTERS)
    return " ".join("".join(mark for mark in apart if not unicodedata.combining(mark)).split())


def strip_invisible(typed: str) -> str:
    """Remove control, invisible and unpaired characters, and collapse spaces.

    Databases reject such characters, and people type them only by accident.
    """
    if typed.isprintable():
        return " ".join(typed.split())
    kept = (mark for mark in typed if mark.isspace() or not unicodedata.category(mark).startswith("C"))
    return " ".join("".join(kept).split())
