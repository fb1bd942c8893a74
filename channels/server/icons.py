"""The catalogue's icons, for every channel that shows pictures by their address."""

from functools import partial
from pathlib import Path

from aiohttp import web

import engine

REWARD_ICON_FOLDER = Path(engine.__file__).parent / "starter" / "icons"
ICON_CACHE_CONTROL = "public, max-age=86400"


class Icons:
    """Serves the files of one folder by name: read once, nothing else is reached."""

    def __init__(self, folder: Path = REWARD_ICON_FOLDER) -> None:
        self._files = {file.name: file.read_bytes() for file in folder.glob("*.png")}

    def routes(self, app: web.Application) -> None:
        """An address for each: any other name is nobody's, and is answered as such addresses are."""
        for name, body in self._files.items():
            app.router.add_get(f"/icons/{name}", partial(_show, body))


async def _show(body: bytes, _request: web.Request) -> web.Response:
    headers = {"Cache-Control": ICON_CACHE_CONTROL, "X-Content-Type-Options": "nosniff"}
    return web.Response(body=body, content_type="image/png", headers=headers)
