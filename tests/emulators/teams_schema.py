"""The Teams package against the schemas that Microsoft publishes in a package of npm: none of them is kept here."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

from jsonschema import Draft4Validator

from bot.dialogs.commands import VERBS
from manifest import teams
from manifest.deployment import NOBODY, NOWHERE, Deployment
from tests.emulators.packages import fetch

PACKAGE, VERSION = "@microsoft/app-manifest", "1.1.2"
FILES = {"manifest.json": "MicrosoftTeams.schema.json", "es.json": "MicrosoftTeams.Localization.schema.json"}


def faults(schemas: Path) -> Iterator[str]:
    """What the published schemas find wrong, in every version that we make."""
    for version in teams.SCHEMAS:
        rendered = teams.render(Deployment(NOWHERE, NOBODY), VERBS, version)
        for name, schema in FILES.items():
            published = json.loads((schemas / f"v{version}" / schema).read_text(encoding="utf-8"))
            for error in Draft4Validator(published).iter_errors(rendered[name]):
                yield f"{version} {name} {error.json_path}: {error.message}"


def main() -> int:
    package = asyncio.run(fetch(PACKAGE, VERSION))
    found = list(faults(package / "build" / "json-schemas" / "teams"))
    print("\n".join(found) or f"the Teams package is as {', '.join(teams.SCHEMAS)} want it")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
