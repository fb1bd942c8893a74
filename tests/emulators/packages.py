"""Other people's programs: fetched through npm when they are run, kept in var/, part of nothing of ours."""

import shutil
from pathlib import Path

from tests.emulators.processes import ROOT, run

HOME = ROOT / "var" / "emulators"


async def fetch(package: str, version: str) -> Path:
    """The folder of the package, which is installed where it is not there yet. RuntimeError where there is no npm."""
    folder = HOME / "node_modules" / package
    if folder.exists():
        return folder
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(f"npm is needed to fetch {package}")
    HOME.mkdir(parents=True, exist_ok=True)
    options = ("--prefix", str(HOME), "--no-audit", "--no-fund", "--ignore-scripts")
    await run(npm, "install", *options, f"{package}@{version}", environment={})
    return folder
