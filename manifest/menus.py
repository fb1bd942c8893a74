"""The commands in a menu, and their order."""

from collections.abc import Iterable

from bot.dialogs.dialog import CommandSpec

PLACE_COMMANDS = frozenset({"announce"})  # a private chat has no place to announce to
PRIVATE_COMMANDS = frozenset({"link", "unlink", "prefer"})  # near the end of a place's menu
LAST_COMMAND = "help"  # at the end of every menu


def list_private_commands(verbs: Iterable[CommandSpec]) -> tuple[CommandSpec, ...]:
    """Return the menu of a private chat in the table's order, with the administrators' commands after the others."""
    there = (verb for verb in verbs if verb.name not in PLACE_COMMANDS)
    return tuple(sorted(there, key=lambda verb: (verb.name == LAST_COMMAND, verb.admin)))


def list_place_commands(verbs: Iterable[CommandSpec]) -> tuple[CommandSpec, ...]:
    """Return the menu of a group or channel in the same order, with private commands near the end."""
    return tuple(sorted(verbs, key=lambda verb: (verb.name == LAST_COMMAND, verb.name in PRIVATE_COMMANDS, verb.admin)))


def drop_admin_commands(verbs: Iterable[CommandSpec]) -> tuple[CommandSpec, ...]:
    """Return the commands that everyone may use."""
    return tuple(verb for verb in verbs if not verb.admin)


def shorten_menu(verbs: tuple[CommandSpec, ...], most: int) -> tuple[CommandSpec, ...]:
    """Return the first commands, at most `most`, and always the last one, which is help."""
    return verbs if len(verbs) <= most else (*verbs[: most - 1], verbs[-1])
