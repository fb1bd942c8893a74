"""The catalogue's icons, for every channel that shows pictures by their address."""

from pathlib import Path

from aiohttp import web

import engine

FOLDER = Path(engine.__file__).parent / "starter" / "icons"
A_DAY = "public, max-age=86400"


class Icons:
    """Serves the files of one folder by name: read once, nothing else is reached."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {file.name: file.read_bytes() for file in folder.glob("*.png")}

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/icons/{name}", self.show)

    async def show(self, request: web.Request) -> web.Response:
        """The icon. Raises 404 for any other name."""
        body = self._files.get(request.match_info["name"])
        if body is None:
            raise web.HTTPNotFound
        headers = {"Cache-Control": A_DAY, "X-Content-Type-Options": "nosniff"}
        return web.Response(body=body, content_type="image/png", headers=headers)
