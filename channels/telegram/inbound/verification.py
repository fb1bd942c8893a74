"""Checks on HTTP requests before they are handled: the secret first, then a size limit, then the shape."""

import hmac
import json
import logging
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from channels.server.bodies import read_body
from channels.telegram import limits

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header

log = logging.getLogger(__name__)


async def verify_telegram_request(request: web.Request, secrets: Sequence[str]) -> dict[str, Any]:
    """Verify the request and return the update as JSON.

    Raises HTTP 401, 413, 408 or 400. The reason is logged, never the body.
    """
    given = request.headers.get(SECRET_HEADER, "").encode(errors="surrogateescape")
    if not any([hmac.compare_digest(given, secret.encode()) for secret in secrets]):  # all are compared: no timing
        log.info("a request did not bring the secret", extra={"action": "bad_secret"})
        raise web.HTTPUnauthorized
    raw = await read_body(request, limits.BODY)
    try:
        update = json.loads(raw)
    except (ValueError, RecursionError):
        update = None
    if not isinstance(update, dict) or type(update.get("update_id")) is not int:
        log.warning("an update has an odd shape", extra={"action": "odd_request"})
        raise web.HTTPBadRequest
    return update
