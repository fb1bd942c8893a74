"""Calls to the Bot Framework connector, and the meaning of its errors.

Activities are built with botbuilder's own types; the calls are made with aiohttp. The SDK's ConnectorClient holds a
thread of the shared name-lookup pool for each call, ignores time-outs on a hung server, and logs in anew for each turn:
one hanging platform would have stalled the other channels.
"""

import logging
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from aiohttp import (
    ClientConnectionError,
    ClientConnectorError,
    ClientError,
    ClientPayloadError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
)
from botbuilder.core import CardFactory, MessageFactory
from botbuilder.schema import Activity, ChannelAccount, ConversationParameters

from bot.protocol.channel import DeliveryUncertain, DestinationGone, Misconfigured, RetryLater
from channels.teams.config import TeamsConfig
from channels.teams.connector.credentials import Credentials, parse_retry_after

ConnectorJson = dict[str, Any]

REFUSED_BOT_CODES = frozenset({"BotDisabledByAdmin"})  # with 403: the bot is refused everywhere, not in one place
TOO_LARGE_CODES = frozenset({"MessageSizeTooBig", "RequestEntityTooLarge"})  # with any status

log = logging.getLogger(__name__)


class TeamsCallFailed(Exception):
    """A call that the connector refused for a reason that may pass, or because of a fault on our side.

    Its text is the connector's code only.
    """


class TeamsCallRejected(TeamsCallFailed):
    """A call that the connector will always refuse."""


class TeamsMessageTooLarge(TeamsCallRejected):
    """A message that is larger than the connector accepts."""


class TeamsTargetMissing(DestinationGone):
    """The message or the conversation does not exist."""


CONNECTOR_ERRORS = (
    RetryLater,
    DestinationGone,
    Misconfigured,
    DeliveryUncertain,
    TeamsCallFailed,
    ClientError,
    OSError,
)

TEAMS_CONNECTION_ERRORS = (ClientConnectionError, ClientPayloadError)  # before or after the call was sent


def build_message_activity(card: ConnectorJson, summary: str, *, alert: bool = False) -> ConnectorJson:
    """Build an activity from a card. With `alert` it also appears in the person's activity feed."""
    activity: Activity = MessageFactory.attachment(CardFactory.adaptive_card(card))
    activity.summary = summary
    if alert:
        activity.channel_data = {"notification": {"alert": True}}
    return dict(activity.serialize())


def build_personal_conversation(account: str, bot: str, tenant: str) -> ConnectorJson:
    """Build the parameters of a new conversation with one person."""
    parameters = ConversationParameters(
        is_group=False,
        bot=ChannelAccount(id=bot),
        members=[ChannelAccount(id=account)],
        tenant_id=tenant,
        channel_data={"tenant": {"id": tenant}},
    )
    return dict(parameters.serialize())


@dataclass(slots=True)
class Connector:
    """The connector's REST calls; `call_s` limits each one in seconds.

    Each call raises RetryLater, DestinationGone, Misconfigured, DeliveryUncertain, TeamsCallFailed, TokenRequestFailed
    or OSError.
    """

    account: TeamsConfig
    call_s: float
    credentials: Credentials = field(init=False)
    _session: ClientSession | None = None

    def __post_init__(self) -> None:
        self.credentials = Credentials(self.account, self.session)

    def session(self) -> ClientSession:
        """Return the one HTTP session of all calls: it keeps connections and limits each call to `call_s` seconds."""
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=self.call_s))
        return self._session

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def send(self, service_url: str, conversation: str, activity: ConnectorJson) -> str:
        """Post the activity to the conversation. Return the message's id."""
        path = f"v3/conversations/{quote(conversation, safe='')}/activities"
        return str((await self._call("POST", service_url, path, activity)).get("id", ""))

    async def update(self, service_url: str, conversation: str, message_id: str, activity: ConnectorJson) -> None:
        """Replace the message by this activity."""
        path = f"v3/conversations/{quote(conversation, safe='')}/activities/{quote(message_id, safe='')}"
        await self._call("PUT", service_url, path, activity | {"id": message_id})

    async def create(self, service_url: str, parameters: ConnectorJson) -> str:
        """Open a conversation. Return its id."""
        return str((await self._call("POST", service_url, "v3/conversations", parameters))["id"])

    async def member(self, service_url: str, conversation: str, account: str) -> ConnectorJson:
        """Return one member of the conversation's roster."""
        path = f"v3/conversations/{quote(conversation, safe='')}/members/{quote(account, safe='')}"
        return await self._call("GET", service_url, path, None)

    async def members(self, service_url: str, conversation: str, size: int, token: str) -> ConnectorJson:
        """Return a page of the roster: `members`, and a `continuationToken` if more follow.

        The first `token` is "".
        """
        more = f"&continuationToken={quote(token, safe='')}" if token else ""
        path = f"v3/conversations/{quote(conversation, safe='')}/pagedmembers?pageSize={size}{more}"
        return await self._call("GET", service_url, path, None)

    async def team(self, service_url: str, team_id: str) -> ConnectorJson:
        """Return the facts about a team, such as `memberCount`."""
        return await self._call("GET", service_url, f"v3/teams/{quote(team_id, safe='')}", None)

    async def _call(self, method: str, service_url: str, path: str, body: ConnectorJson | None) -> ConnectorJson:
        if not self.account.is_service_url_allowed(service_url):
            raise DestinationGone("a server that is not the platform's")
        try:
            return await self._answered(method, f"{service_url.rstrip('/')}/{path}", body)
        except TEAMS_CONNECTION_ERRORS as error:
            raise _broken(error) from None

    async def _answered(self, method: str, url: str, body: ConnectorJson | None) -> ConnectorJson:
        for last in (False, True):
            headers = {} if self.account.anonymous else {"Authorization": f"Bearer {await self.credentials.token()}"}
            async with self.session().request(
                method, url, json=body, headers=headers, allow_redirects=False
            ) as response:
                if response.status == 401 and not last:
                    self.credentials.forget()
                    continue
                return await _answer(response)
        raise Misconfigured("unauthorized")


def _broken(error: Exception) -> Exception:
    """Return the meaning of a broken connection.

    If it had been open, return ConnectionResetError: the call may have arrived.
    """
    never_sent = isinstance(error, ClientConnectorError)
    return error if never_sent else ConnectionResetError(type(error).__name__)


async def _answer(response: ClientResponse) -> ConnectorJson:
    if response.status == 429:
        raise RetryLater(parse_retry_after(response.headers.get("Retry-After", "")))
    found = await _json(response)
    if response.status < 300:
        return found
    error = found.get("error")
    code = str(error.get("code") or response.status) if isinstance(error, dict) else str(response.status)
    match response.status:
        case status if code in TOO_LARGE_CODES and status >= 400:
            raise TeamsMessageTooLarge(code)
        case 401:
            raise Misconfigured(code)
        case 403 if code in REFUSED_BOT_CODES:
            raise Misconfigured(code)
        case 404 | 410:
            raise TeamsTargetMissing(code)
        case 403:
            raise DestinationGone(code)
        case 413:
            raise TeamsMessageTooLarge(code)
        case 400 | 405:
            raise TeamsCallRejected(code)
        case 502 | 503 | 504:  # by Teams' guide the call was not accepted: the same as no answer
            raise ConnectionError(code)
        case status if status >= 500:
            raise DeliveryUncertain(code)
        case _:
            raise TeamsCallFailed(code)


async def _json(response: ClientResponse) -> ConnectorJson:
    try:
        found = await response.json(content_type=None)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
