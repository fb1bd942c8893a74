"""Every command has its place on every channel, and the table says what the code does."""

from pathlib import Path

from bot.cards import accounts as cards_accounts
from bot.dialogs.commands import ALL_COMMANDS
from bot.dialogs.dialog import reject_form_request
from bot.i18n.copy import Copy
from bot.views import link_preview
from channels.slack.handlers import app_home
from manifest import slack, surfaces, teams
from manifest.surfaces import SURFACES, render_surface_rows

NAMED = {verb.name for verb in ALL_COMMANDS}


def having(words: str, channel: str) -> set[str]:
    return {verb for verb, row in SURFACES.items() if words in row[channel]}


def test_every_command_has_an_entry_for_every_channel() -> None:
    assert set(SURFACES) == NAMED
    assert set(surfaces.SURFACE_CHANNELS) == set(cards_accounts.CHAT_CHANNELS)
    for row in (*SURFACES.values(), surfaces.CHANNEL_FALLBACKS):
        assert set(row) == set(surfaces.SURFACE_CHANNELS)
        assert all(row.values())


def test_slack_is_as_its_manifest_and_its_home() -> None:
    registered = {verb for verb, row in SURFACES.items() if row["slack"].startswith(f"`/{verb}`")}
    assert registered == {verb.name for verb in ALL_COMMANDS if verb.registered}
    assert having(surfaces.SHORTCUT_LABEL, "slack") == {one.callback_id.partition("_")[0] for one in slack.SHORTCUTS}
    offered = {button["value"] for button in app_home._buttons(Copy("en"))["elements"]}
    assert offered <= having(surfaces.HOME_LABEL, "slack") <= offered | {"badges", "points"}  # these it shows by itself


def test_the_message_extension_is_as_the_package_says() -> None:
    assert having(surfaces.EXTENSION_LABEL, "teams") == {action.verb for action in teams.COMPOSE_COMMANDS}


def test_a_link_unfolds_where_the_manifests_say_so() -> None:
    giving = {verb.name for verb in ALL_COMMANDS if verb.gives}
    assert {channel for channel in surfaces.SURFACE_CHANNELS if having(surfaces.LINK_PREVIEW_LABEL, channel)} == set(
        link_preview.PREVIEWING_CHANNELS
    )
    assert all(having(surfaces.LINK_PREVIEW_LABEL, channel) == giving for channel in link_preview.PREVIEWING_CHANNELS)


def test_forms_and_buttons_are_there() -> None:
    asked = {verb.name for verb in ALL_COMMANDS if verb.dialog.form is not reject_form_request}
    pressed = {verb.name for verb in ALL_COMMANDS if verb.dialog.presses}
    for channel, form in surfaces.CHANNEL_FORMS.items():
        assert having(form, channel) <= asked
        assert having(surfaces.UNDO_LABEL, channel) | having(surfaces.CONFIRM_LABEL, channel) == pressed


def test_the_readme_shows_the_table() -> None:
    shown = Path("README.md").read_text(encoding="utf-8").splitlines()
    at = shown.index("| command | Slack | Teams | Telegram | web chat |")
    assert shown[at + 2 : at + 3 + len(SURFACES)] == render_surface_rows()
