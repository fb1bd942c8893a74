"""Calls to Slack, and what its errors mean to us."""

import json
import logging
from collections.abc import Collection, Mapping
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

from bot.protocol.channel import DeliveryUncertain, DestinationGone, Misconfigured, RetryLater
from channels.slack.types import SlackPayloadJson

SLACK_API_BASE_URL = "https://slack.com/api/"
SLACK_RETRY_DELAY_S = 30.0  # seconds, if Slack gives no number
NOT_INSTALLED_CODE = "not_installed"  # our own code: the workspace has not installed the app
HISTORY_SCOPES = ("channels:history", "groups:history")  # without them a post whose answer was lost is made twice

MISCONFIGURED_CODES = frozenset(
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

GONE_CODES = frozenset(
    {
        "cannot_dm_bot",
        "channel_not_found",
        "invalid_user_combination",
        "is_archived",
        "not_in_channel",
        NOT_INSTALLED_CODE,
        "restricted_action",
        "restricted_action_read_only_channel",
        "user_disabled",
        "user_not_in_channel",
        "user_not_found",
        "user_not_visible",
        "users_not_found",
    }
)

TEMPORARY_CODES = frozenset(
    {"external_channel_migrating", "message_limit_exceeded", "request_timeout", "team_added_to_org"}
)

TOO_LONG_CODES = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})

UNCERTAIN_CODES = frozenset(
    {"fatal_error", "internal_error", "service_unavailable"}
)  # "some aspect may have succeeded"

RESPONSE_URL_CODES = ("expired_url", "used_url", *sorted(TOO_LONG_CODES, reverse=True))  # that it names in plain text

SLACK_CONNECTION_ERRORS = (
    ClientConnectionError,
    ClientPayloadError,
)  # a connection that broke, before the call was sent or after

SINGLE_USE_METHODS = ("/chat.postMessage", "/oauth.v2.access")  # a code and a refresh token are good for one call
NOT_MEMBER_CODES = frozenset({"not_in_channel", "channel_not_found"})

log = logging.getLogger(__name__)


class SlackCallFailed(Exception):
    """A call that Slack refused for a reason that may pass, or because of a fault on our side.

    Its text is Slack's code only.
    """


class SlackMessageTooLong(SlackCallFailed):
    """The message is longer than Slack accepts."""


class SafeRetryHandler(AsyncConnectionErrorRetryHandler):
    """A retry handler that tries a broken connection once more.

    It excludes calls that may have arrived and would count twice.
    """

    async def _can_retry_async(self, *, request: HttpRequest, **more: Any) -> bool:
        return not request.url.endswith(SINGLE_USE_METHODS) and await super()._can_retry_async(request=request, **more)


def connect_slack(token: str | None, api_url: str | None, call_s: float) -> AsyncWebClient:
    """Build a client with the workspace's `token`, or without one. Its session opens with `open_slack_session`.

    It repeats a call only after a broken connection. Calls that Slack puts off, and posts, are repeated by the relay.
    `call_s` limits one call in seconds.
    """
    return AsyncWebClient(
        token=token,
        base_url=f"{(api_url or SLACK_API_BASE_URL).rstrip('/')}/",
        timeout=call_s,  # type: ignore[arg-type] # the SDK only hands it to aiohttp
        logger=log.getChild("sdk"),
        retry_handlers=[SafeRetryHandler(max_retry_count=1)],
    )


def open_slack_session(client: AsyncWebClient) -> ClientSession:
    """Open one HTTP session for all calls of the client, and return it.

    Connections are kept, and each call is limited to the client's timeout.
    """
    client.session = ClientSession(timeout=ClientTimeout(total=client.timeout))
    return client.session


async def post_to_response_url(client: AsyncWebClient, url: str, body: SlackPayloadJson) -> None:
    """Answer through a `response_url`. Raises RetryLater, Gone where it has run out, Unclear, TooLong, NotTaken."""
    webhook = AsyncWebhookClient(
        url, timeout=client.timeout, session=client.session, logger=log.getChild("sdk"), retry_handlers=[]
    )
    answer = await webhook.send_dict(body)
    if answer.status_code == 429:
        raise RetryLater(_patience(answer.headers))
    fault = _fault(answer.body)
    if answer.status_code in (404, 410) or fault in ("expired_url", "used_url"):
        raise DestinationGone("response_url")
    if answer.status_code == 413 or fault in TOO_LONG_CODES:
        raise SlackMessageTooLong("response_url: too long")
    if answer.status_code != 200 or fault:
        raise (DeliveryUncertain if answer.status_code >= 500 else SlackCallFailed)(
            f"response_url: {answer.status_code}"
        )


def build_not_installed_error() -> SlackApiError:
    """Build the error that replaces a call to a workspace that has not installed the app."""
    return SlackApiError("not installed there", {"error": NOT_INSTALLED_CODE})  # type: ignore[no-untyped-call]


def get_slack_error_code(error: SlackApiError) -> str:
    """Return Slack's own code for the error, or the HTTP status if it has none."""
    data = error.response if isinstance(error.response, Mapping) else getattr(error.response, "data", None)
    named = data.get("error") if isinstance(data, Mapping) else None
    return str(named or _status(error.response))


def list_missing_history_scopes(granted: str) -> tuple[str, ...]:
    """List the HISTORY_SCOPES that are missing in `granted`, Slack's comma-separated list of scopes."""
    has = {scope.strip() for scope in granted.split(",")}
    return tuple(scope for scope in HISTORY_SCOPES if scope not in has)


def warn_missing_scopes(missing: Collection[str]) -> None:
    """Log at the start what is missing without these scopes."""
    if missing:
        said = {"action": "scopes_missing", "scopes": " ".join(missing)}
        log.warning("without these scopes a celebration whose answer was lost may be shown twice", extra=said)


def translate_slack_error(error: SlackApiError) -> Exception:
    """Return the error of the channel protocol that fits a Slack error, by the reaction that it needs.

    RetryLater, DeliveryUncertain, Misconfigured, DestinationGone, or else SlackCallFailed.
    """
    code = get_slack_error_code(error)
    if _status(error.response) == 429 or code in TEMPORARY_CODES or code in ("ratelimited", "rate_limited"):
        return RetryLater(_patience(getattr(error.response, "headers", {})))
    if _status(error.response) >= 500 or code in UNCERTAIN_CODES:
        return DeliveryUncertain(code)
    if code in MISCONFIGURED_CODES:
        return Misconfigured(code)
    return DestinationGone(code) if code in GONE_CODES else SlackCallFailed(code)


def translate_question_error(error: Exception) -> Exception:
    """Return the meaning of an error of a call that posts no message.

    An unclear end becomes ConnectionError, since such a call may be repeated.
    """
    if not isinstance(error, SlackApiError):
        return ConnectionError(type(error).__name__)
    meaning = translate_slack_error(error)
    return ConnectionError(str(meaning)) if isinstance(meaning, DeliveryUncertain) else meaning


def translate_connection_error(error: Exception) -> Exception:
    """Return the meaning of a broken connection.

    If it had been open, return ConnectionResetError: the call may have arrived.
    """
    never_sent = isinstance(error, ClientConnectorError)
    return error if never_sent else ConnectionResetError(type(error).__name__)


def _fault(body: str) -> str:
    """Return Slack's code of the fault in the answer of a reply URL, or "" if it names none.

    A fault may also come with HTTP 200.
    """
    try:
        said = json.loads(body)
    except ValueError:
        return next((name for name in RESPONSE_URL_CODES if body.startswith(name)), "")
    return str(said.get("error") or "not_ok") if isinstance(said, dict) and said.get("ok") is False else ""


def _status(response: Any) -> int:
    if isinstance(response, ClientResponse):
        return response.status
    return int(getattr(response, "status_code", 0))


def _patience(headers: Mapping[str, Any]) -> float:
    try:
        return float(headers.get("Retry-After", SLACK_RETRY_DELAY_S))
    except ValueError:
        return SLACK_RETRY_DELAY_S
