"""Which commands a menu shows, and in which order."""

from collections.abc import Iterable

from bot.dialogs.dialog import CommandSpec

PLACE_COMMANDS = frozenset({"announce"})  # in a conversation of two there is nowhere to announce to
PRIVATE_COMMANDS = frozenset({"link", "unlink", "prefer"})  # among others they come last
LAST_COMMAND = "help"  # every menu ends with it, however short


def list_private_commands(verbs: Iterable[CommandSpec]) -> tuple[CommandSpec, ...]:
    """The menu of a conversation of two, as the table has them, what administrators do after the rest."""
    there = (verb for verb in verbs if verb.name not in PLACE_COMMANDS)
    return tuple(sorted(there, key=lambda verb: (verb.name == LAST_COMMAND, verb.admin)))


def list_place_commands(verbs: Iterable[CommandSpec]) -> tuple[CommandSpec, ...]:
    """The menu of a group or channel, likewise."""
    return tuple(sorted(verbs, key=lambda verb: (verb.name == LAST_COMMAND, verb.name in PRIVATE_COMMANDS, verb.admin)))


def drop_admin_commands(verbs: Iterable[CommandSpec]) -> tuple[CommandSpec, ...]:
    """Without what only administrators may do."""
    return tuple(verb for verb in verbs if not verb.admin)


def shorten_menu(verbs: tuple[CommandSpec, ...], most: int) -> tuple[CommandSpec, ...]:
    """The first of them, `most` in all, and help among them."""
    return verbs if len(verbs) <= most else (*verbs[: most - 1], verbs[-1])
