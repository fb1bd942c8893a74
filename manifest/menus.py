"""Which commands a menu shows, and in which order."""

from collections.abc import Iterable

from bot.dialogs.dialog import Verb

IN_PLACES_ONLY = frozenset({"announce"})  # in a conversation of two there is nowhere to announce to

PRIVATE_MATTERS = frozenset({"link", "unlink", "prefer"})  # among others they come last

LAST = "help"  # every menu ends with it, however short


def in_private(verbs: Iterable[Verb]) -> tuple[Verb, ...]:
    """The menu of a conversation of two, as the table has them, what administrators do after the rest."""
    there = (verb for verb in verbs if verb.name not in IN_PLACES_ONLY)
    return tuple(sorted(there, key=lambda verb: (verb.name == LAST, verb.admin)))


def in_places(verbs: Iterable[Verb]) -> tuple[Verb, ...]:
    """The menu of a group or channel, likewise."""
    return tuple(sorted(verbs, key=lambda verb: (verb.name == LAST, verb.name in PRIVATE_MATTERS, verb.admin)))


def for_everybody(verbs: Iterable[Verb]) -> tuple[Verb, ...]:
    """Without what only administrators may do."""
    return tuple(verb for verb in verbs if not verb.admin)


def shortened(verbs: tuple[Verb, ...], most: int) -> tuple[Verb, ...]:
    """The first of them, `most` in all, and help among them."""
    return verbs if len(verbs) <= most else (*verbs[: most - 1], verbs[-1])
