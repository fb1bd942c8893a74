"""The languages that a browser asks for."""

from aiohttp import hdrs, web


def parse_accept_language(request: web.Request) -> list[str]:
    """Return the languages of the Accept-Language header, in its order."""
    header = request.headers.get(hdrs.ACCEPT_LANGUAGE, "")
    return [wish.partition(";")[0].strip() for wish in header.split(",")]
