"""What comes in by HTTP: read within a limit, its signature checked, its shape looked at. Nothing is done yet."""

import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from channels.slack import limits

SHAPES: Mapping[str, tuple[type, ...]] = {
    "type": (str,),
    "command": (str,),
    "event": (dict,),
    "view": (dict,),
    "user": (dict, str),
    "team": (dict, str, type(None)),
    "channel": (dict, str),
    "enterprise": (dict, str, type(None)),
    "message": (dict,),
    "actions": (list,),
    "authorizations": (list, type(None)),
    "response_urls": (list,),
}
NAMED = {"event": ("type",), "view": ("type", "callback_id"), "actions": ("action_id",)}
LISTS_OF_OBJECTS = ("actions", "authorizations", "response_urls")

log = logging.getLogger(__name__)


async def admitted(request: web.Request, verifier: SignatureVerifier) -> AsyncBoltRequest:
    """The request for bolt. Raises HTTP 413, 401 or 400; of what was refused the reason is logged, never the body.

    bolt parses before it verifies, and answers 500 to a broken time stamp: so the door verifies first.
    """
    raw = await _read(request)
    if not _is_signed(request.headers, raw, verifier):
        log.info("a request was not signed", extra={"action": "bad_signature"})
        raise web.HTTPUnauthorized
    try:
        admitted = AsyncBoltRequest(body=raw.decode(), query=request.query_string, headers=dict(request.headers))
        _refuse_odd_shape(admitted.body)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        log.warning("a signed request has an odd shape", extra={"action": "odd_request"})
        raise web.HTTPBadRequest from None
    return admitted


async def _read(request: web.Request) -> bytes:
    raw = bytearray()
    async for chunk in request.content.iter_chunked(65536):
        raw += chunk
        if len(raw) > limits.BODY:
            raise web.HTTPRequestEntityTooLarge(max_size=limits.BODY, actual_size=len(raw))
    return bytes(raw)


def _is_signed(headers: Mapping[str, str], raw: bytes, verifier: SignatureVerifier) -> bool:
    stamp, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 15 and signature.isascii()):
        return False
    try:
        return verifier.is_valid(raw, stamp, signature)
    except UnicodeDecodeError:
        return False


def _refuse_odd_shape(body: Any) -> None:
    if not isinstance(body, dict):
        raise TypeError("an object is expected")
    for key, kinds in SHAPES.items():
        if key in body and not isinstance(body[key], kinds):
            raise TypeError(key)
    for key in LISTS_OF_OBJECTS:
        if not all(isinstance(item, dict) for item in body.get(key) or ()):
            raise TypeError(key)
    for key, names in NAMED.items():
        found = body.get(key, [])
        objects = found if isinstance(found, list) else [found]
        if (key in body and not objects) or not all(isinstance(o.get(name), str) for o in objects for name in names):
            raise TypeError(key)
