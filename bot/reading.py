"""Reading what people typed: the verb, and the nearest one where there is none of that name."""

from collections.abc import Iterable
from difflib import get_close_matches

from bot.turns import Words


def split_verb(words: Words) -> tuple[str, Words]:
    """The first word as a verb (lower case, no slash) and the rest."""
    if not words or not isinstance(words[0], str):
        return "", words
    first, _, rest = words[0].lstrip().partition(" ")
    verb, newline, more = first.partition("\n")
    kept = (more + " " + rest).strip() if newline else rest.lstrip()
    return verb.removeprefix("/").lower(), ((kept, *words[1:]) if kept else words[1:])


def nearest(typed: str, names: Iterable[str]) -> str | None:
    """The name most like what was typed, or None where none is near."""
    found = get_close_matches(typed, list(names), n=1, cutoff=0.6)
    return found[0] if found else None


def typed(words: Words) -> str:
    """What the person wrote, ready to be sent again: mentions by name."""
    return "".join(part if isinstance(part, str) else f"@{part.name}" for part in words).strip()
