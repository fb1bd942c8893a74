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

from channels.slack.api import get_slack_error_code
from channels.slack.config import SlackOAuthConfig
from channels.slack.workspaces.encryption import SecretBox
from channels.slack.workspaces.installations import (
    Installation,
    claim_token_renewal,
    get_token_expiry,
    save_renewed_token,
)
from channels.slack.workspaces.token_exchange import InvalidGrant, parse_bot_token, request_oauth_token
from engine.db.connection import SessionFactory

RENEW_BEFORE_EXPIRY = timedelta(hours=2)  # before its end a token is renewed
UNUSABLE_BEFORE_EXPIRY = timedelta(minutes=1)  # before its end a token is no longer used

RENEWAL_CLAIM_DURATION = timedelta(
    seconds=30
)  # for so long one process has it to itself; after a failure nobody asks sooner

RENEWAL_POLL_INTERVAL_S, MAX_RENEWAL_POLLS = 0.25, 40  # seconds, and how often: until another process must have done it

log = logging.getLogger(__name__)


@dataclass(slots=True)
class TokenRotator:
    """Renewal of tokens by a claim on the row.

    No lock is held while Slack is asked, so that no database connection waits for Slack.
    """

    plain: AsyncWebClient
    oauth: SlackOAuthConfig
    vault: SecretBox
    writing: SessionFactory
    reading: SessionFactory
    clock: Callable[[], datetime]
    _under_way: dict[int, asyncio.Task[None]] = field(default_factory=dict)  # by installation

    def is_due(self, installation: Installation) -> bool:
        return self._ends_within(RENEW_BEFORE_EXPIRY, installation)

    def is_ending(self, installation: Installation) -> bool:
        """Return whether the token of the installation has expired or is about to."""
        return self._ends_within(UNUSABLE_BEFORE_EXPIRY, installation)

    def begun(self, installation: Installation) -> asyncio.Task[None] | None:
        """Return the running renewal, or start one.

        Return None if another process does it and the token is still usable. The task never raises. Shield it when
        awaiting: Slack's answer to it counts once only.
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
        """Wait for the renewals that are in progress."""
        if self._under_way:
            await asyncio.wait(list(self._under_way.values()))

    def _ends_within(self, time: timedelta, installation: Installation) -> bool:
        expires_at = installation.token.expires_at
        return expires_at is not None and expires_at - self.clock() < time

    async def _renew(self, installation: Installation) -> None:
        now = self.clock()
        try:
            async with self.writing.begin() as session:
                ours = await claim_token_renewal(session, installation, now + RENEWAL_CLAIM_DURATION, now)
            await (self._ask(installation) if ours else self._wait(installation))
        except (SlackApiError, InvalidGrant, ClientError, SQLAlchemyError, OSError) as error:
            why = get_slack_error_code(error) if isinstance(error, SlackApiError) else type(error).__name__
            log.warning("a token was not renewed", extra={"action": "renewal_failed", "why": why})

    async def _ask(self, installation: Installation) -> None:
        given = {"grant_type": "refresh_token", "refresh_token": installation.token.refresh or ""}
        token = parse_bot_token(await request_oauth_token(self.plain, self.oauth, given), self.clock())
        async with self.writing.begin() as session:
            await save_renewed_token(session, installation.id, token, self.vault)

    async def _wait(self, installation: Installation) -> None:
        """Wait until another process has changed the row, if the token is about to expire; else return at once."""
        for _ in range(MAX_RENEWAL_POLLS if self.is_ending(installation) else 0):
            async with self.reading.begin() as session:
                if await get_token_expiry(session, installation.id) != installation.token.expires_at:
                    return
            await asyncio.sleep(RENEWAL_POLL_INTERVAL_S)
