"""The bot's own tokens for the connector: fetched when needed, kept until shortly before they expire."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from aiohttp import ClientResponse, ClientSession

from bot.protocol.channel import Misconfigured, RetryLater
from channels.teams.config import TeamsConfig

CONNECTOR_SCOPE = "https://api.botframework.com/.default"
REFRESH_BEFORE_EXPIRY_S = 300.0  # seconds before its end when a token is renewed
DEFAULT_RETRY_AFTER_S = 30.0  # seconds, if Microsoft gives no number


class TokenRequestFailed(ConnectionError):
    """The login server gave no token, for a reason that may pass, so no call can be made.

    Its text is the HTTP status only.
    """


@dataclass(slots=True)
class Credentials:
    """One token for each scope, one fetch at a time.

    The SDK would fetch one for each turn, on the event loop.
    """

    account: TeamsConfig
    session: Callable[[], ClientSession]
    clock: Callable[[], float] = monotonic
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict)  # each with the end of its use
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def token(self, scope: str = CONNECTOR_SCOPE) -> str:
        """Return a valid token for the scope, and fetch one if needed.

        Raises Misconfigured if the login is refused, RetryLater, TokenRequestFailed, or what a broken connection
        raises.
        """
        async with self._one:
            held, until = self._tokens.get(scope, ("", 0.0))
            if held and self.clock() < until:
                return held
            fetched, seconds = await self._fetched(scope)
            self._tokens[scope] = (fetched, self.clock() + max(seconds - REFRESH_BEFORE_EXPIRY_S, seconds / 2))
            return fetched

    def forget(self) -> None:
        """Drop all tokens after the connector refused one."""
        self._tokens.clear()

    async def _fetched(self, scope: str) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.account.app_id,
            "client_secret": self.account.secret,
            "scope": scope,
        }
        async with self.session().post(self.account.login, data=form, allow_redirects=False) as response:
            _refuse(response)
            body = await response.json(content_type=None)
        try:
            return str(body["access_token"]), float(body.get("expires_in", 3600))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise TokenRequestFailed("an answer without a token") from None


def _refuse(response: ClientResponse) -> None:
    if response.status in (400, 401, 403):
        raise Misconfigured(f"login {response.status}")
    if response.status == 429:
        raise RetryLater(parse_retry_after(response.headers.get("Retry-After", "")))
    if response.status != 200:
        raise TokenRequestFailed(f"login {response.status}")


def parse_retry_after(header: str) -> float:
    """Return the seconds of a `Retry-After` header, or DEFAULT_RETRY_AFTER_S if it has no number."""
    try:
        return float(header)
    except ValueError:
        return DEFAULT_RETRY_AFTER_S
