"""Calls to Slack, and what its errors mean to us."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import (
    ClientConnectionError,
    ClientConnectorError,
    ClientPayloadError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
)
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.protocol.channel import Gone, Misconfigured, RetryLater, Unclear
from channels.slack.types import Json

SLACK = "https://slack.com/api/"

SECONDS = 10  # one call in all

PATIENCE = 30.0  # seconds, where Slack asks for some and does not say how much

NOT_INSTALLED = "not_installed"  # our own word: we are in no such workspace

REFUSES_US = frozenset(
    {
        "access_denied",
        "account_inactive",
        "ekm_access_denied",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)

IS_GONE = frozenset(
    {
        "cannot_dm_bot",
        "channel_not_found",
        "invalid_user_combination",
        "is_archived",
        "not_in_channel",
        NOT_INSTALLED,
        "restricted_action",
        "restricted_action_read_only_channel",
        "user_disabled",
        "user_not_in_channel",
        "user_not_found",
        "user_not_visible",
        "users_not_found",
    }
)

PASSES = frozenset({"external_channel_migrating", "message_limit_exceeded", "request_timeout", "team_added_to_org"})

TOO_LONG = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})

PERHAPS_DONE = frozenset({"fatal_error", "internal_error", "service_unavailable"})  # "some aspect may have succeeded"

WAY_BACK_FAULTS = ("expired_url", "used_url", *sorted(TOO_LONG, reverse=True))  # that it names in plain text

LOST = (ClientConnectionError, ClientPayloadError)  # a connection that broke, before the call was sent or after

COUNTS_TWICE = ("/chat.postMessage", "/oauth.v2.access")  # a code and a refresh token are good for one call

NO_MEMBER = frozenset({"not_in_channel", "channel_not_found"})

log = logging.getLogger(__name__)


class NotTaken(Exception):
    """Slack did not take a call for a reason that may pass, or that is a fault of ours. Says its code only."""


class TooLong(NotTaken):
    """Slack takes less than what it was sent."""


class OnceOnly(AsyncConnectionErrorRetryHandler):
    """A broken connection is tried again once, but nothing is sent twice that may have arrived and counts twice."""

    async def _can_retry_async(self, *, request: HttpRequest, **more: Any) -> bool:
        return not request.url.endswith(COUNTS_TWICE) and await super()._can_retry_async(request=request, **more)


def connect(token: str | None, api_url: str | None) -> AsyncWebClient:
    """A client of the workspace whose `token` it is, or of none. It has no session of its own before `open_session`.

    Only a broken connection is tried again here: what Slack refuses for a time, and posts, are for the relay to bring
    again.
    """
    return AsyncWebClient(
        token=token,
        base_url=f"{(api_url or SLACK).rstrip('/')}/",
        timeout=SECONDS,
        logger=log.getChild("sdk"),
        retry_handlers=[OnceOnly(max_retry_count=1)],
    )


def open_session(client: AsyncWebClient) -> ClientSession:
    """One session for every call: connections are kept, and no call takes longer than SECONDS."""
    client.session = ClientSession(timeout=ClientTimeout(total=SECONDS))
    return client.session


async def respond(client: AsyncWebClient, url: str, body: Json) -> None:
    """Answer through a `response_url`. Raises RetryLater, Gone where it has run out, Unclear, TooLong, NotTaken."""
    webhook = AsyncWebhookClient(
        url, timeout=SECONDS, session=client.session, logger=log.getChild("sdk"), retry_handlers=[]
    )
    answer = await webhook.send_dict(body)
    if answer.status_code == 429:
        raise RetryLater(_patience(answer.headers))
    fault = _fault(answer.body)
    if answer.status_code in (404, 410) or fault in ("expired_url", "used_url"):
        raise Gone("response_url")
    if answer.status_code == 413 or fault in TOO_LONG:
        raise TooLong("response_url: too long")
    if answer.status_code != 200 or fault:
        raise (Unclear if answer.status_code >= 500 else NotTaken)(f"response_url: {answer.status_code}")


def not_installed() -> SlackApiError:
    """What a call to a workspace comes to that has not installed us: it is not made."""
    return SlackApiError("not installed there", {"error": NOT_INSTALLED})  # type: ignore[no-untyped-call]


def code_of(error: SlackApiError) -> str:
    """Slack's own name of what went wrong, else the HTTP status."""
    data = error.response if isinstance(error.response, Mapping) else getattr(error.response, "data", None)
    named = data.get("error") if isinstance(data, Mapping) else None
    return str(named or _status(error.response))


def meaning_of(error: SlackApiError) -> Exception:
    """The error as the port names it, by the reaction that it needs."""
    code = code_of(error)
    if _status(error.response) == 429 or code in PASSES or code in ("ratelimited", "rate_limited"):
        return RetryLater(_patience(getattr(error.response, "headers", {})))
    if _status(error.response) >= 500 or code in PERHAPS_DONE:
        return Unclear(code)
    if code in REFUSES_US:
        return Misconfigured(code)
    return Gone(code) if code in IS_GONE else NotTaken(code)


def broken(error: Exception) -> Exception:
    """What a connection that broke means: where it was there at all, the call may have arrived."""
    never_sent = isinstance(error, ClientConnectorError)
    return error if never_sent else ConnectionResetError(type(error).__name__)


def _fault(body: str) -> str:
    """What a way back says is wrong, by Slack's name of it; "" where it does not say so. It may with HTTP 200 too."""
    try:
        said = json.loads(body)
    except ValueError:
        return next((name for name in WAY_BACK_FAULTS if body.startswith(name)), "")
    return str(said.get("error") or "not_ok") if isinstance(said, dict) and said.get("ok") is False else ""


def _status(response: Any) -> int:
    if isinstance(response, ClientResponse):
        return response.status
    return int(getattr(response, "status_code", 0))


def _patience(headers: Mapping[str, Any]) -> float:
    try:
        return float(headers.get("Retry-After", PATIENCE))
    except ValueError:
        return PATIENCE
