"""The page's own files, read once at the start and served by name."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from aiohttp import hdrs, web

STATIC_FOLDER = Path(__file__).parent / "static"
LAUREL_ICON_FILE = "laurel.svg"
CONTENT_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    body: bytes
    content_type: str
    etag: str


def load_static_files(path: Path) -> dict[str, StaticFile]:
    """Read all files of the folder with a known type. Return them by name."""
    return {
        file.name: _served(file) for file in sorted(path.glob("*.*")) if file.suffix in CONTENT_TYPES and file.is_file()
    }


def respond_with_file(files: dict[str, StaticFile], name: str, request: web.Request) -> web.Response:
    """Return the file of that name, or 304 if the browser has it. Raises 404."""
    found = files.get(name)
    if found is None:
        raise web.HTTPNotFound
    headers = {hdrs.ETAG: found.etag, hdrs.CACHE_CONTROL: "no-cache"}
    if request.headers.get(hdrs.IF_NONE_MATCH) == found.etag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=found.body, content_type=found.content_type, charset="utf-8", headers=headers)


def _served(file: Path) -> StaticFile:
    body = file.read_bytes()
    return StaticFile(body, CONTENT_TYPES[file.suffix], f'"{sha256(body).hexdigest()[:20]}"')
