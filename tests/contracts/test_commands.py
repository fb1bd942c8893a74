"""The one table of commands: what help, manifests and menus rely on."""

from collections import Counter

from bot.dialogs.commands import ALL_COMMANDS
from bot.i18n.catalog import LANGUAGES, load_sentences
from tests.tables import each_row

IN_ORDER = [
    "kudos",
    "badge",
    "badges",
    "points",
    "why",
    "undo",
    "link",
    "unlink",
    "prefer",
    "how",
    "reward",
    "announce",
    "revoke",
    "merge",
    "unmerge",
    "help",
]


def test_the_commands_stand_in_the_order_of_help() -> None:
    assert [verb.name for verb in ALL_COMMANDS] == IN_ORDER


def test_no_name_and_no_alias_is_taken_twice() -> None:
    names = Counter(name for verb in ALL_COMMANDS for name in (verb.name, *verb.aliases))
    assert [name for name, times in names.items() if times > 1] == []


@each_row("language", LANGUAGES)
def test_every_command_says_what_it_does_and_how_it_is_used(language: str) -> None:
    known = load_sentences(language)
    for verb in ALL_COMMANDS:
        does = known[f"commands.{verb.name}.does"]
        assert isinstance(does, str)
        assert does.strip()
        assert f"commands.{verb.name}.usage" in known


def test_every_command_has_a_dialog_of_its_own_name() -> None:
    assert [verb.dialog.name for verb in ALL_COMMANDS] == [verb.name for verb in ALL_COMMANDS]


def test_a_press_belongs_to_one_dialog() -> None:
    presses = Counter(press for verb in ALL_COMMANDS for press in verb.dialog.presses)
    assert "undo" in presses
    assert set(presses.values()) == {1}


def test_a_refusal_that_is_shown_at_a_field_is_one_that_is_said() -> None:
    for verb in ALL_COMMANDS:
        for reason in verb.dialog.blame:
            assert f"refusals.{reason}" in load_sentences("en"), (verb.name, reason)
