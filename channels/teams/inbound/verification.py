"""Verification of incoming requests: their size, token and shape are checked, and no action follows yet."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from channels.server.bodies import read_body
from channels.teams import limits
from channels.teams.config import TeamsConfig
from channels.teams.inbound.activities import CHANNEL_IDS, get_activity_tenant
from channels.teams.inbound.signing_keys import SigningKeys
from channels.teams.inbound.token_check import InvalidTeamsToken, KeysUnavailable, verify_teams_token

ACTIVITY_FIELD_TYPES: Mapping[str, tuple[type, ...]] = {
    "type": (str,),
    "id": (str, type(None)),
    "name": (str, type(None)),
    "text": (str, type(None)),
    "locale": (str, type(None)),
    "channelId": (str,),
    "serviceUrl": (str,),
    "from": (dict,),
    "recipient": (dict, type(None)),
    "conversation": (dict,),
    "channelData": (dict, type(None)),
    "entities": (list, type(None)),
    "membersAdded": (list, type(None)),
    "membersRemoved": (list, type(None)),
}

ACTIVITY_REQUIRED_FIELDS = ("type", "channelId", "serviceUrl", "from", "conversation")
ACTIVITY_FIELDS_WITH_ID = ("from", "conversation")  # each has an id
ACTIVITY_OBJECT_LISTS = ("entities", "membersAdded", "membersRemoved")

log = logging.getLogger(__name__)


class InvalidTokenResponse(web.HTTPUnauthorized):
    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


@dataclass(frozen=True, slots=True)
class RequestVerifier:
    """Checks on the app's own route. The SDK's adapter answers 500 to bad tokens, bad bodies and every invoke."""

    account: TeamsConfig
    keys: SigningKeys

    async def admitted(self, request: web.Request) -> dict[str, Any]:
        """Check the request and return its activity.

        Raises HTTP 415, 413, 408, 401, 400 or 403, and 503 while the platform's keys are missing. The reason of a
        refusal is logged, the body never.
        """
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        raw = await read_body(request, limits.BODY)
        server = "" if self.account.anonymous else await self._proved(request.headers.get("Authorization", ""))
        activity = _activity(raw)
        self._refuse_strangers(activity, server)
        return activity

    async def _proved(self, header: str) -> str:
        try:
            return await verify_teams_token(header, self.keys, self.account.app_id, CHANNEL_IDS[0])
        except InvalidTeamsToken as no:
            log.info("a request was not proved", extra={"action": "bad_token", "reason": str(no)})
            raise InvalidTokenResponse from None
        except KeysUnavailable:
            log.warning("no keys to check a request with", extra={"action": "no_keys"})
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from None

    def _refuse_strangers(self, activity: Mapping[str, Any], server: str) -> None:
        """Refuse an activity whose server differs from the token's, or whose server, channel or tenant is not allowed.

        Raises HTTP 401 or 403.
        """
        service_url = activity["serviceUrl"]
        if not self.account.anonymous and service_url.rstrip("/") != server.rstrip("/"):
            _refused("service_url")
            raise InvalidTokenResponse
        if not self.account.is_service_url_allowed(service_url):
            _refused("server")
            raise web.HTTPForbidden
        if activity["channelId"] not in CHANNEL_IDS[: 2 if self.account.anonymous else 1]:
            _refused("channel")
            raise web.HTTPForbidden
        if not self.account.is_tenant_allowed(get_activity_tenant(activity)):
            _refused("tenant")
            raise web.HTTPForbidden


def _refused(what: str) -> None:
    log.warning("a request was refused", extra={"action": "refused_request", "reason": what})


def _activity(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw.decode())
        _refuse_odd_shape(found)
    except (ValueError, TypeError, KeyError, RecursionError):
        log.warning("a request has an odd shape", extra={"action": "odd_request"})
        raise web.HTTPBadRequest from None
    return dict(found)


def _refuse_odd_shape(found: Any) -> None:
    if not isinstance(found, dict):
        raise TypeError("an object is expected")
    for key, kinds in ACTIVITY_FIELD_TYPES.items():
        if not isinstance(found[key] if key in ACTIVITY_REQUIRED_FIELDS else found.get(key, kinds[0]()), kinds):
            raise TypeError(key)
    for key in ACTIVITY_FIELDS_WITH_ID:
        if not isinstance(found[key].get("id"), str) or not found[key]["id"]:
            raise TypeError(key)
    for key in ACTIVITY_OBJECT_LISTS:
        if not all(isinstance(item, dict) for item in found.get(key) or ()):
            raise TypeError(key)
