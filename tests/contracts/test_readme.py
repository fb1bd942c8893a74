"""The README says what is there, and nothing else."""

import re
import tomllib
from dataclasses import asdict
from pathlib import Path

from app import COMMANDS
from bot.dialogs.commands import ALL_COMMANDS
from bot.i18n.copy import Copy
from channels.server.environment import Environment
from engine.admin.settings import Settings
from manifest.deployment import Deployment

README = Path("README.md").read_text(encoding="utf-8")


def table(after: str) -> dict[str, str]:
    """The rows of the first table after a heading, by the first cell's code words."""
    body = README.partition(after)[2]
    lines = re.search(r"(?:^\|.*\n)+", body, re.MULTILINE)
    assert lines, after
    rows = lines.group().splitlines()[2:]
    return {name: row for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


def test_every_command_is_in_the_table_in_its_own_words() -> None:
    rows = table("## What people can say")
    assert set(rows) == {
        name for v in ALL_COMMANDS for name in (v.name, *v.aliases) if name not in ("start", "hi", "hello")
    }
    for verb in ALL_COMMANDS:
        assert Copy("en").line(f"commands.{verb.name}.does") in rows[verb.name]
        assert Copy("en").line(f"commands.{verb.name}.usage").strip() in rows[verb.name]
        assert ("(admins)" in rows[verb.name]) is verb.admin


def test_every_variable_is_there() -> None:
    named = set(table("### The deployment's variables")) | set(re.findall(r"`([A-Z][A-Z_]+)`", README))
    assert {name.upper() for name in Environment.model_fields} <= named


def test_every_setting_is_there_with_its_default() -> None:
    rows = table("### The organisation's settings")
    assert set(rows) == set(asdict(Settings()))
    for name, default in asdict(Settings()).items():
        assert rows[name].split("|")[2].strip() == str(default)


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[^A-Za-z0-9-]", line)[0] for line in project["dependencies"]}
    assert set(table("## What it stands on")) == names


def test_every_make_target_and_command_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", Path("Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    code = re.findall(r"`[^`\n]+`|^    .+$", README, re.MULTILINE)
    begins = (re.match(r"[`\s]*(?:[A-Z_]+=\S+ )*make ([a-z]+)", words) for words in code)
    named = {found[1] for found in begins if found}
    assert {"run", "test"} <= named <= targets
    verbs = {"serve", "migrate"} | {command.name.split()[0] for command in COMMANDS}
    assert set(re.findall(r"python app\.py ([a-z]+)", README)) <= verbs


def test_every_command_line_runs_as_written_once_the_environment_is_made() -> None:
    pages = [Path("README.md"), Path("CONTRIBUTING.md"), Path("manifest/README.md"), *Path("docs").glob("*.md")]
    bare = {str(page): re.findall(r"(?<!\.venv/bin/)python app\.py.*", page.read_text("utf-8")) for page in pages}
    assert bare == {str(page): [] for page in pages}
    assert "make install" in README.partition(".venv/bin/python app.py")[0]


def test_the_address_that_stands_as_an_example_is_taken() -> None:
    [example] = re.findall(r"`(https://laurel\.example\.com)`", table("### The deployment's variables")["PUBLIC_URL"])
    deployment = Deployment.of(Environment(_env_file=None, public_url=example))
    assert (deployment.url, deployment.link_host) == (example, example.removeprefix("https://"))
    assert deployment.missing("slack") == deployment.missing("telegram") == ()


def test_pictures_and_linked_files_are_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or Path(target).exists(), target
