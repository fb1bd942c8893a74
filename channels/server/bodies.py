"""Request bodies, read within a size limit."""

import logging

from aiohttp import web
from aiohttp.http import HttpProcessingError

log = logging.getLogger(__name__)


class SlowBody(web.RequestPayloadError):
    """The body did not arrive in time."""


async def read_body(request: web.Request, max_bytes: int) -> bytes:
    """Read the whole body.

    Raises HTTP 413 beyond `max_bytes`, 408 if it is slow, 400 if it is broken.
    """
    body = bytearray()
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > max_bytes:
                raise web.HTTPRequestEntityTooLarge(max_size=max_bytes, actual_size=len(body))
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError) as fault:
        request.protocol.close()  # the bytes that follow are not a request
        request.content.feed_eof()  # else the server reads on, and logs the trace of this fault
        log.debug("a body is not what its header says", extra={"action": "odd_request"})
        refused = web.HTTPRequestTimeout() if isinstance(fault, SlowBody) else web.HTTPBadRequest()
        refused.force_close()
        raise refused from None
    return bytes(body)
