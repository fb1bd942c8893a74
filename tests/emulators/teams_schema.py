"""The Teams package against the schemas that Microsoft publishes in a package of npm: none of them is kept here."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

from jsonschema import Draft4Validator

from bot.dialogs.commands import ALL_COMMANDS
from manifest import teams
from manifest.deployment import PLACEHOLDER_APP_ID, PLACEHOLDER_URL, Deployment
from manifest.teams import render_teams_package
from tests.emulators.packages import fetch

PACKAGE, VERSION = "@microsoft/app-manifest", "1.1.2"
FILES = {"manifest.json": "MicrosoftTeams.schema.json", "es.json": "MicrosoftTeams.Localization.schema.json"}


def faults(schemas: Path) -> Iterator[str]:
    """What the published schemas find wrong, in every version that we make."""
    for version in teams.TEAMS_SCHEMA_VERSIONS:
        rendered = render_teams_package(Deployment(PLACEHOLDER_URL, PLACEHOLDER_APP_ID), ALL_COMMANDS, version)
        for name, schema in FILES.items():
            published = json.loads((schemas / f"v{version}" / schema).read_text(encoding="utf-8"))
            for error in Draft4Validator(published).iter_errors(rendered[name]):
                yield f"{version} {name} {error.json_path}: {error.message}"


def main() -> int:
    package = asyncio.run(fetch(PACKAGE, VERSION))
    found = list(faults(package / "build" / "json-schemas" / "teams"))
    print("\n".join(found) or f"the Teams package is as {', '.join(teams.TEAMS_SCHEMA_VERSIONS)} want it")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
