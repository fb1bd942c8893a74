"""Tokens that expire: renewed in time, by one process of all. A token that lives is used until the new one is there."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from channels.slack import api
from channels.slack.config import OAuth
from channels.slack.workspaces import installations as workspaces_installations
from channels.slack.workspaces import token_exchange
from channels.slack.workspaces.encryption import Vault
from channels.slack.workspaces.installations import Installation
from channels.slack.workspaces.token_exchange import NoGrant
from engine.db.connection import Sessions

EARLY = timedelta(hours=2)  # before its end a token is renewed

LAST = timedelta(minutes=1)  # before its end nobody relies on a token any more

CLAIM = timedelta(seconds=30)  # for so long one process has it to itself; after a failure nobody asks sooner

WAIT, STEPS = 0.25, 40  # seconds, and how often: until another process must have done it

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Renewals:
    """A claim on the row, and no lock that is held while Slack is asked: nobody waits in the database for Slack."""

    plain: AsyncWebClient
    oauth: OAuth
    vault: Vault
    writing: Sessions
    reading: Sessions
    clock: Callable[[], datetime]
    _under_way: dict[int, asyncio.Task[None]] = field(default_factory=dict)  # by installation

    def is_due(self, installation: Installation) -> bool:
        return self._ends_within(EARLY, installation)

    def is_ending(self, installation: Installation) -> bool:
        """Whether its token is of no use any more, or hardly."""
        return self._ends_within(LAST, installation)

    def begun(self, installation: Installation) -> asyncio.Task[None] | None:
        """The renewal that is under way, or begins now; None where another process does it, and nobody must wait.

        It raises nothing. Whoever waits for it shields it: what Slack was asked for counts once only.
        """
        if task := self._under_way.get(installation.id):
            return task
        claimed = installation.renewing_until is not None and installation.renewing_until > self.clock()
        if claimed and not self.is_ending(installation):
            return None
        task = asyncio.create_task(self._renew(installation), name="slack token")
        self._under_way[installation.id] = task
        task.add_done_callback(lambda _: self._under_way.pop(installation.id, None))
        return task

    async def finish(self) -> None:
        """Let those end that are under way."""
        if self._under_way:
            await asyncio.wait(list(self._under_way.values()))

    def _ends_within(self, time: timedelta, installation: Installation) -> bool:
        expires_at = installation.token.expires_at
        return expires_at is not None and expires_at - self.clock() < time

    async def _renew(self, installation: Installation) -> None:
        now = self.clock()
        try:
            async with self.writing.begin() as session:
                ours = await workspaces_installations.claim_renewal(session, installation, now + CLAIM, now)
            await (self._ask(installation) if ours else self._wait(installation))
        except (SlackApiError, NoGrant, ClientError, SQLAlchemyError, OSError) as error:
            why = api.code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
            log.warning("a token was not renewed", extra={"action": "renewal_failed", "why": why})

    async def _ask(self, installation: Installation) -> None:
        given = {"grant_type": "refresh_token", "refresh_token": installation.token.refresh or ""}
        token = token_exchange.token(await token_exchange.ask(self.plain, self.oauth, given), self.clock())
        async with self.writing.begin() as session:
            await workspaces_installations.renew(session, installation.id, token, self.vault)

    async def _wait(self, installation: Installation) -> None:
        """Another process is at it: until the row has changed, where nothing can be done without."""
        for _ in range(STEPS if self.is_ending(installation) else 0):
            async with self.reading.begin() as session:
                if await workspaces_installations.expiry(session, installation.id) != installation.token.expires_at:
                    return
            await asyncio.sleep(WAIT)
