"""What a browser says of its reader."""

from aiohttp import hdrs, web


def parse_accept_language(request: web.Request) -> list[str]:
    """The languages that are wished for, as the header names them, the first one first."""
    header = request.headers.get(hdrs.ACCEPT_LANGUAGE, "")
    return [wish.partition(";")[0].strip() for wish in header.split(",")]
