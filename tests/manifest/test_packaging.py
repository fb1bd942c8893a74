"""An installed Laurel has what its manifests need."""

import re
import tomllib
from pathlib import Path

from tests.tables import each_row

PROJECT = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))


@each_row("package", ["jsonschema", "pyyaml"])
def test_what_is_imported_is_installed(package: str) -> None:
    names = {re.split(r"[^A-Za-z0-9-]", line)[0] for line in PROJECT["project"]["dependencies"]}
    assert package in names


def test_the_icons_and_schemas_are_installed_too() -> None:
    folder = Path("manifest")
    installed = {
        file for wanted in PROJECT["tool"]["setuptools"]["package-data"]["manifest"] for file in folder.glob(wanted)
    }
    assert installed == {*folder.glob("icons/*.png"), *folder.glob("schemas/*.json")}
    assert len(installed) == 6
