"""The manifests as files: checked first, and identical byte by byte for identical settings."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.dialogs.dialog import CommandSpec
from bot.i18n.copy import Copy
from manifest.deployment import Deployment
from manifest.slack import list_slack_faults, render_slack_manifest
from manifest.teams import list_teams_faults, load_teams_icons, render_teams_package
from manifest.telegram import list_telegram_faults, render_telegram_manifest

PLATFORMS = ("slack", "teams", "telegram")
ZIP_TIMESTAMP = (1980, 1, 1, 0, 0, 0)  # of every file in an archive


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file and its faults. With a fault it must not be written."""

    name: str
    body: bytes
    faults: tuple[str, ...]

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / self.name
        file.write_bytes(self.body)
        return file


def pack_platform(
    platform: str, deployment: Deployment, verbs: tuple[CommandSpec, ...], language: str, schema: str
) -> PackedFile:
    """Return the file of a platform.

    `language` is for Slack, which shows only one; `schema` is the version for Teams. Raises ValueError for an unknown
    platform.
    """
    match platform:
        case "slack":
            return _slack(render_slack_manifest(deployment, verbs, Copy(language)))
        case "teams":
            return _teams(render_teams_package(deployment, verbs, schema), load_teams_icons())
        case "telegram":
            menu = render_telegram_manifest(deployment, verbs)
            return PackedFile("telegram.json", _json(menu), tuple(list_telegram_faults(menu)))
    raise ValueError(f"no platform {platform}")


def _slack(manifest: dict[str, Any]) -> PackedFile:
    import yaml  # imported here, since the server starts without it

    written = yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=1000)
    return PackedFile("slack-manifest.yaml", written.encode(), tuple(list_slack_faults(manifest)))


def _teams(files: dict[str, dict[str, Any]], icons: dict[str, bytes]) -> PackedFile:
    inside = {name: _json(content) for name, content in files.items()} | icons
    return PackedFile("teams-app.zip", _zip(inside), tuple(list_teams_faults(files, icons)))


def _json(content: object) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _zip(files: Mapping[str, bytes]) -> bytes:
    """Pack all files at the root, sorted and uncompressed, because compressed bytes depend on the machine."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, ZIP_TIMESTAMP)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, files[name])
    return out.getvalue()
