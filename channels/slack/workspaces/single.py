"""One workspace, by its own token."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import ClientError
from multidict import CIMultiDict
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.protocol.channel import Misconfigured
from channels.slack.api import get_slack_error_code, list_missing_history_scopes, warn_missing_scopes

MIN_AUTH_RETRY_DELAY_S, MAX_AUTH_RETRY_DELAY_S = 1.0, 60.0  # seconds between attempts to connect, growing

log = logging.getLogger(__name__)


@dataclass(slots=True)
class SingleWorkspace:
    """`team` and `own`, the bot's account, are as Slack named them; "" before it did, or for a whole organisation."""

    plain: AsyncWebClient  # it has the token
    team: str = ""
    own: str = ""
    trouble: str | None = "not connected yet"
    missing_scopes: tuple[str, ...] = ()  # of HISTORY_SCOPES
    _connecting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect in the background: if Slack is down, the other channels still serve."""
        self._connecting = asyncio.create_task(self._connect(), name="slack connects")

    async def stop(self) -> None:
        if self._connecting:
            self._connecting.cancel()

    def client_of(self, team: str) -> AsyncWebClient:
        return self.plain

    async def own_account(self, team: str) -> str:
        return self.own

    async def serves(self, team: str) -> bool:
        """Return True: any workspace that can sign a request is served."""
        return True

    async def knows(self, team: str) -> bool:
        return self.team in ("", team)

    async def teams(self) -> Sequence[str]:
        return [self.team] if self.team else []

    async def mark_uninstalled(self, team: str, said_at: datetime, bots: Collection[str] | None = None) -> None:
        """Do no work here: the next call fails by itself, and the channel then pauses."""

    def meaning_of(self, no: Misconfigured) -> Exception:
        return no

    async def _connect(self) -> None:
        delay = MIN_AUTH_RETRY_DELAY_S
        while self.trouble:
            try:
                us = await self.plain.auth_test()
                self.own = str(us["user_id"])
                self.team = "" if us.get("is_enterprise_install") else str(us["team_id"])
                granted = CIMultiDict(us.headers).get("X-OAuth-Scopes")  # of the token
                self.missing_scopes = () if granted is None else list_missing_history_scopes(granted)
                warn_missing_scopes(self.missing_scopes)
                self.trouble = None
            except (SlackApiError, ClientError, OSError) as error:
                self.trouble = get_slack_error_code(error) if isinstance(error, SlackApiError) else type(error).__name__
                log.warning("Slack does not answer", extra={"action": "not_connected", "error": self.trouble})
                await asyncio.sleep(delay)
                delay = min(delay * 2, MAX_AUTH_RETRY_DELAY_S)
