"""Several workspaces: each has installed us, and each has a token of its own."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.protocol.channel import Misconfigured
from channels.slack.api import (
    SlackCallFailed,
    build_not_installed_error,
    list_missing_history_scopes,
    warn_missing_scopes,
)
from channels.slack.inbound import payloads as inbound_payloads
from channels.slack.workspaces.client import WorkspaceClient
from channels.slack.workspaces.encryption import CannotDecrypt, SecretBox
from channels.slack.workspaces.installations import (
    Installation,
    find_installation,
    list_installed_teams,
    reencrypt_installations,
    revoke_installation,
    save_installation,
)
from channels.slack.workspaces.token_rotation import TokenRotator
from engine.db.connection import SessionFactory
from engine.delivery.uninstalled import close_workspace, reopen_workspace

INSTALLATION_TTL = timedelta(
    seconds=5
)  # for so long an installation is not read again: another replica may have changed it

RENEWAL_CHECK_INTERVAL_S = 1200.0  # seconds between checks of unused tokens

log = logging.getLogger(__name__)


@dataclass(slots=True)
class InstalledWorkspaces:
    """All workspaces that have installed the app.

    `allowed` are the teams that may do so; any other team is ignored, installed or not.
    """

    plain: AsyncWebClient
    allowed: Collection[str]
    vault: SecretBox
    renewals: TokenRotator
    writing: SessionFactory
    reading: SessionFactory
    clock: Callable[[], datetime]
    trouble: str | None = None
    _clients: dict[str, WorkspaceClient] = field(default_factory=dict)
    _known: dict[str, tuple[datetime, Installation | None]] = field(default_factory=dict)
    _looking: asyncio.Task[None] | None = None

    @property
    def missing_scopes(self) -> Sequence[str]:
        """List the missing scopes of the workspaces that were looked up since the start."""
        known = [found.scopes for _, found in self._known.values() if found]
        return sorted({scope for granted in known for scope in list_missing_history_scopes(granted)})

    async def start(self) -> None:
        """Encrypt all tokens with the newest key, and renew them at intervals in the background."""
        try:
            async with self.writing.begin() as session:
                await reencrypt_installations(session, self.vault)
        except CannotDecrypt:
            self._locked()
        self._looking = asyncio.create_task(self._look(), name="slack tokens")

    async def stop(self) -> None:
        if self._looking:
            self._looking.cancel()
        await self.renewals.finish()

    def client_of(self, team: str) -> AsyncWebClient:
        if team not in self._clients:
            client = WorkspaceClient(self.plain, partial(self._token, team))
            if team not in self.allowed:
                return client  # strangers must not fill the memory
            self._clients[team] = client
        return self._clients[team]

    async def own_account(self, team: str) -> str:
        found = await self._installation(team)
        return found.bot_user if found else ""

    async def serves(self, team: str) -> bool:
        return await self._installation(team) is not None

    async def knows(self, team: str) -> bool:
        return await self.serves(team)

    async def teams(self) -> Sequence[str]:
        async with self.reading.begin() as session:
            return [team for team in await list_installed_teams(session) if team in self.allowed]

    def meaning_of(self, no: Misconfigured) -> Exception:
        """Return SlackCallFailed for this workspace alone: its cards are tried again, and given up in the end.

        Others go on.
        """
        return SlackCallFailed(str(no))

    async def install(self, new: Installation) -> None:
        """Store the installation, and reopen the places that were closed when the workspace had removed the app."""
        async with self.writing.begin() as session:
            since = await save_installation(session, new, self.vault, self.clock())
            if since is not None:
                await reopen_workspace(session, channel=inbound_payloads.SLACK_CHANNEL, tenant=new.team, since=since)
        self._known.pop(new.team, None)
        self.trouble = None
        warn_missing_scopes(list_missing_history_scopes(new.scopes))
        log.info("a workspace has installed us", extra={"action": "installed", "tenant": new.team})

    async def mark_uninstalled(self, team: str, said_at: datetime, bots: Collection[str] | None = None) -> None:
        """Revoke the installation, stop calls to the workspace, close its places and notify the administrators once."""
        now = self.clock()
        async with self.writing.begin() as session:
            gone = await revoke_installation(session, team, said_at, bots=bots, now=now)
            if gone:
                where = {"channel": inbound_payloads.SLACK_CHANNEL, "tenant": team}
                await close_workspace(session, **where, name=gone[1], number=gone[0], now=now)
        self._known.pop(team, None)
        if gone:
            log.warning("a workspace took us out", extra={"action": "uninstalled", "tenant": team})

    async def _token(self, team: str) -> str:
        found = await self._installation(team)
        if found and self.renewals.is_due(found):
            found = await self._renewed(found)
        if found is None:
            raise build_not_installed_error()
        return found.token.value

    async def _renewed(self, found: Installation) -> Installation | None:
        """Renew the token and return the installation.

        Wait only if the old token is about to expire; else it is used to its end.
        """
        renewal = self.renewals.begun(found)
        if renewal is None:
            return found
        renewal.add_done_callback(lambda _: self._known.pop(found.team, None))
        if self.renewals.is_ending(found):
            await asyncio.shield(renewal)
            return await self._installation(found.team)
        return found

    async def _installation(self, team: str) -> Installation | None:
        if team not in self.allowed:
            return None
        known = self._known.get(team)
        if known is None or self.clock() - known[0] > INSTALLATION_TTL:
            known = self._known[team] = (self.clock(), await self._read(team))
        return known[1]

    async def _read(self, team: str) -> Installation | None:
        try:
            async with self.reading.begin() as session:
                return await find_installation(session, team, self.vault)
        except CannotDecrypt:
            self._locked()
            return None

    def _locked(self) -> None:
        self.trouble = "SLACK_STORE_KEY does not open what is stored"
        log.error("an installation cannot be read", extra={"action": "store_locked"})

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(RENEWAL_CHECK_INTERVAL_S)
            try:
                for team in await self.teams():
                    await self._token(team)
            except (SlackApiError, SQLAlchemyError, OSError) as error:
                log.warning("tokens were not looked at", extra={"action": "look_failed", "why": type(error).__name__})
