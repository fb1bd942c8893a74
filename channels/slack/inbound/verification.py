"""Checks on HTTP requests before they are handled: a size limit for the body, its signature and its shape."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from channels.server.bodies import read_body
from channels.slack import limits

SLACK_FIELD_TYPES: Mapping[str, tuple[type, ...]] = {
    "type": (str,),
    "command": (str,),
    "callback_id": (str,),
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

SLACK_REQUIRED_SUBFIELDS = {"event": ("type",), "view": ("type", "callback_id"), "actions": ("action_id",)}

HANDLED_KINDS = frozenset(
    {
        "command",
        "shortcut",
        "message_action",
        "block_actions",
        "view_submission",
        "app_home_opened",
        "app_mention",
        "link_shared",
        "message",
        "reaction_added",
        "reaction_removed",
        "app_uninstalled",
        "team_join",
        "tokens_revoked",
        "user_change",
        "url_verification",
    }
)

ODD_SHAPE_ERRORS = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
SLACK_OBJECT_LISTS = ("actions", "authorizations", "response_urls")

log = logging.getLogger(__name__)


async def verify_slack_request(request: web.Request, verifiers: Sequence[SignatureVerifier]) -> AsyncBoltRequest:
    """Verify the request and return it for bolt. Raises HTTP 413, 408, 401 or 400.

    The reason of a refusal is logged, never the body. bolt parses before it verifies, and answers 500 to a broken time
    stamp: so it is verified here first.
    """
    raw = await read_body(request, limits.BODY)
    if not any(_is_signed(request.headers, raw, verifier) for verifier in verifiers):
        log.info("a request was not signed", extra={"action": "bad_signature"})
        raise web.HTTPUnauthorized
    try:
        admitted = AsyncBoltRequest(body=raw.decode(), query=request.query_string, headers=dict(request.headers))
        check_body_shape(admitted.body)
    except ODD_SHAPE_ERRORS:
        log.warning("a signed request has an odd shape", extra={"action": "odd_request"})
        raise web.HTTPBadRequest from None
    return admitted


def get_request_kind(body: Mapping[str, Any]) -> str:
    """Return the kind of a verified body: a command, or the type of the event or interaction."""
    found = str(body.get("type") or ("command" if "command" in body else "other"))
    return str((body.get("event") or {}).get("type", found)) if found == "event_callback" else found


def is_handled_request(body: Mapping[str, Any]) -> bool:
    """Return whether the kind of the request is one that may have a listener."""
    return get_request_kind(body) in HANDLED_KINDS


def _is_signed(headers: Mapping[str, str], raw: bytes, verifier: SignatureVerifier) -> bool:
    stamp, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 15 and signature.isascii()):
        return False
    try:
        return verifier.is_valid(raw, stamp, signature)
    except UnicodeDecodeError:
        return False


def check_body_shape(body: Any) -> None:
    """Raise one of ODD where bolt would stumble over the body."""
    if not isinstance(body, dict):
        raise TypeError("an object is expected")
    for key, kinds in SLACK_FIELD_TYPES.items():
        if key in body and not isinstance(body[key], kinds):
            raise TypeError(key)
    for key in SLACK_OBJECT_LISTS:
        if not all(isinstance(item, dict) for item in body.get(key) or ()):
            raise TypeError(key)
    for key, names in SLACK_REQUIRED_SUBFIELDS.items():
        found = body.get(key, [])
        objects = found if isinstance(found, list) else [found]
        if (key in body and not objects) or not all(isinstance(o.get(name), str) for o in objects for name in names):
            raise TypeError(key)
