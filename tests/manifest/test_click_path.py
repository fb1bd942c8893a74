"""`manifest/README.md` names what exists, in at most ten steps each."""

import re
from argparse import ArgumentParser
from pathlib import Path

from app import COMMANDS
from bot.dialogs.commands import ALL_COMMANDS
from channels.cli.command import OfflineCommand, add_command_parsers
from channels.server.environment import Environment
from manifest import scopes
from tests.tables import each_row

README = Path("manifest/README.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL))
PLATFORMS = {"Slack": "slack", "Microsoft Teams": "teams", "Telegram": "telegram"}
CODE = re.findall(r"`([^`\n]+)`", README)

COMMAND = ".venv/bin/python app.py "


def test_every_platform_has_its_path_and_the_tunnel_too() -> None:
    assert [*PLATFORMS, "On your own machine"] == list(SECTIONS)[:4]


@each_row("name", [*PLATFORMS, "On your own machine", "Slack in several workspaces"])
def test_a_path_has_at_most_ten_steps_in_order(name: str) -> None:
    steps = [int(number) for number in re.findall(r"^(\d+)\. ", SECTIONS[name], re.MULTILINE)]
    assert steps == list(range(1, len(steps) + 1))
    assert 1 < len(steps) <= 10


def test_every_setting_exists_and_the_needed_ones_are_named() -> None:
    named = {name for code in CODE for name in re.findall(r"\b[A-Z]{2,}(?:_[A-Z]+)*\b", code) if "/" not in code}
    known = {name.upper() for name in Environment.model_fields}
    assert named <= known
    assert named >= {"PUBLIC_URL", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "TEAMS_APP_ID", "TEAMS_APP_SECRET"}
    assert named >= {"TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "TELEGRAM_MODE"}


def test_every_command_line_is_one_that_is_taken() -> None:
    parser = ArgumentParser()
    verbs = parser.add_subparsers(required=True)
    verbs.add_parser("serve")
    commands = add_command_parsers(verbs, COMMANDS)
    typed = [code.removeprefix(COMMAND).split() for code in CODE if code.startswith(COMMAND)]
    assert len(typed) > 3
    for words in typed:
        parser.parse_args(words)
    assert isinstance(commands["manifest"], OfflineCommand)


def test_every_make_target_file_and_chat_command_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", Path("Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {code.removeprefix("make ") for code in CODE if code.startswith("make ")} <= targets
    for code in CODE:
        if code.startswith("manifest/"):
            assert Path(code).exists(), code
    verbs = {"laurel", *(verb.name for verb in ALL_COMMANDS)}
    spoken = {code.split()[0].removeprefix("/") for code in CODE if re.match(r"/[a-z]+(?: here)?$", code)}
    assert spoken - verbs == {"newbot", "setprivacy", "setuserpic"}, "BotFather's own"


def test_every_reason_is_there() -> None:
    for table in (scopes.SLACK_SCOPES, scopes.TEAMS_PERMISSIONS, scopes.TELEGRAM_UPDATES):
        for name, reason in table.items():
            optional = " (optional)" if name in scopes.OPTIONAL_SLACK_SCOPES else ""
            assert f"| `{name}`{optional} | {reason} |" in README
    listed = re.findall(r"^\| `([^`]+)`", SECTIONS["What is asked for, and why"], re.MULTILINE)
    assert set(listed) == {*scopes.SLACK_SCOPES, *scopes.TEAMS_PERMISSIONS, *scopes.TELEGRAM_UPDATES}
