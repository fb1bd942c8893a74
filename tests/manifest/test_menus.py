"""Which commands a menu shows."""

from dataclasses import replace

from bot.dialogs.commands import ALL_COMMANDS
from manifest import menus
from manifest.menus import drop_admin_commands, list_place_commands, list_private_commands, shorten_menu
from tests.tables import each_row


def test_every_command_is_in_a_menu_and_help_ends_each() -> None:
    private, public = list_private_commands(ALL_COMMANDS), list_place_commands(ALL_COMMANDS)
    assert {verb.name for verb in (*private, *public)} == {verb.name for verb in ALL_COMMANDS}
    assert private[-1].name == public[-1].name == "help"
    assert not {verb.name for verb in private} & menus.PLACE_COMMANDS


def test_what_administrators_do_comes_after_the_rest() -> None:
    in_private = [verb.admin for verb in list_private_commands(ALL_COMMANDS)][:-1]
    in_places = [verb.admin for verb in list_place_commands(ALL_COMMANDS) if verb.name not in menus.PRIVATE_COMMANDS][
        :-1
    ]
    assert (in_private, in_places) == (sorted(in_private), sorted(in_places))
    assert not any(verb.admin for verb in drop_admin_commands(ALL_COMMANDS))


@each_row("count", [3, 9, 10, 11, 30])
def test_a_short_menu_keeps_the_first_ones_and_help(count: int) -> None:
    many = tuple(replace(ALL_COMMANDS[0], name=f"verb{number}") for number in range(count - 1)) + (ALL_COMMANDS[-1],)
    shown = shorten_menu(list_place_commands(many), 10)
    assert [verb.name for verb in shown] == [*(f"verb{number}" for number in range(min(count, 10) - 1)), "help"]


def test_the_names_that_the_menus_know_are_commands() -> None:
    assert {verb.name for verb in ALL_COMMANDS} >= {*menus.PLACE_COMMANDS, *menus.PRIVATE_COMMANDS, menus.LAST_COMMAND}
