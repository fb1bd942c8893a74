"""Which commands a menu shows."""

from dataclasses import replace

import pytest

from bot.dialogs.commands import VERBS
from manifest import menus


def test_every_command_is_in_a_menu_and_help_ends_each() -> None:
    private, public = menus.in_private(VERBS), menus.in_places(VERBS)
    assert {verb.name for verb in (*private, *public)} == {verb.name for verb in VERBS}
    assert private[-1].name == public[-1].name == "help"
    assert not {verb.name for verb in private} & menus.IN_PLACES_ONLY


def test_what_administrators_do_comes_after_the_rest() -> None:
    in_private = [verb.admin for verb in menus.in_private(VERBS)][:-1]
    in_places = [verb.admin for verb in menus.in_places(VERBS) if verb.name not in menus.PRIVATE_MATTERS][:-1]
    assert (in_private, in_places) == (sorted(in_private), sorted(in_places))
    assert not any(verb.admin for verb in menus.for_everybody(VERBS))


@pytest.mark.parametrize("count", [3, 9, 10, 11, 30])
def test_a_short_menu_keeps_the_first_ones_and_help(count: int) -> None:
    many = tuple(replace(VERBS[0], name=f"verb{number}") for number in range(count - 1)) + (VERBS[-1],)
    shown = menus.shortened(menus.in_places(many), 10)
    assert [verb.name for verb in shown] == [*(f"verb{number}" for number in range(min(count, 10) - 1)), "help"]


def test_the_names_that_the_menus_know_are_commands() -> None:
    assert {verb.name for verb in VERBS} >= {*menus.IN_PLACES_ONLY, *menus.PRIVATE_MATTERS, menus.LAST}
