"""What is rendered becomes files: checked first, and byte for byte the same from the same settings."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.dialogs.dialog import Verb
from bot.i18n.copy import Copy
from manifest import slack, teams, telegram
from manifest.deployment import Deployment

PLATFORMS = ("slack", "teams", "telegram")

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the time of every file in an archive


@dataclass(frozen=True, slots=True)
class Packed:
    """A file and what is wrong with it: with a fault it is not to be written."""

    name: str
    body: bytes
    faults: tuple[str, ...]

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / self.name
        file.write_bytes(self.body)
        return file


def pack(platform: str, deployment: Deployment, verbs: tuple[Verb, ...], language: str, schema: str) -> Packed:
    """The file of a platform. `language` is Slack's, which shows only one; `schema` is the version of Teams'."""
    match platform:
        case "slack":
            return _slack(slack.render(deployment, verbs, Copy(language)))
        case "teams":
            return _teams(teams.render(deployment, verbs, schema), teams.icons())
        case "telegram":
            menu = telegram.render(deployment, verbs)
            return Packed("telegram.json", _json(menu), tuple(telegram.faults(menu)))
    raise ValueError(f"no platform {platform}")


def _slack(manifest: dict[str, Any]) -> Packed:
    written = yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=1000)
    return Packed("slack-manifest.yaml", written.encode(), tuple(slack.faults(manifest)))


def _teams(files: dict[str, dict[str, Any]], icons: dict[str, bytes]) -> Packed:
    inside = {name: _json(content) for name, content in files.items()} | icons
    return Packed("teams-app.zip", _zip(inside), tuple(teams.faults(files, icons)))


def _json(content: object) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _zip(files: Mapping[str, bytes]) -> bytes:
    """Every file at the root, in the alphabet's order, as it is: how well it is packed would depend on the machine."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, files[name])
    return out.getvalue()
