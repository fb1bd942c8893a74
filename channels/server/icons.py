"""The icons of the catalogue, for the channels that show pictures by their address."""

from functools import partial
from pathlib import Path

from aiohttp import web

import engine

REWARD_ICON_FOLDER = Path(engine.__file__).parent / "starter" / "icons"
ICON_CACHE_CONTROL = "public, max-age=86400"


class Icons:
    """The PNG files of one folder, served by their names. They are read once, at the start."""

    def __init__(self, folder: Path = REWARD_ICON_FOLDER) -> None:
        self._files = {file.name: file.read_bytes() for file in folder.glob("*.png")}

    def routes(self, app: web.Application) -> None:
        """Add one route for each file, so that other names get the application's usual 404."""
        for name, body in self._files.items():
            app.router.add_get(f"/icons/{name}", partial(_show, body))


async def _show(body: bytes, _request: web.Request) -> web.Response:
    headers = {"Cache-Control": ICON_CACHE_CONTROL, "X-Content-Type-Options": "nosniff"}
    return web.Response(body=body, content_type="image/png", headers=headers)
