"""Accounts that we meet for the first time: asked for at Slack, tied to the person of their verified e-mail."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.turns import Turn
from channels.slack import api, inbound
from engine import people
from engine.db import Sessions

SECONDS = 1.5  # for all look-ups of a turn together
FRESH = timedelta(minutes=10)  # for so long an account that is linked is not asked about again
MOST_KNOWN = 20_000  # accounts that this process remembers

Profile = Mapping[str, Any]

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Profiles:
    """`introduce` comes before a turn's transaction. What it remembers spares a query and decides nothing."""

    client: AsyncWebClient
    writing: Sessions
    reading: Sessions
    clock: Callable[[], datetime]
    _known: dict[tuple[str, str], datetime] = field(default_factory=dict)

    async def introduce(self, turn: Turn) -> Turn:
        """Link the sender and the people mentioned, as far as Slack answers in time; never fails the turn.

        Returns the turn, with the sender's language where a look-up told it.
        """
        try:
            found = await self._met(turn.source.tenant, inbound.accounts(turn))
        except Exception:  # the edge: the dispatcher says what it then does not know
            log.exception("people were not introduced", extra={"action": "introduction_failed"})
            return turn
        locale = found.get(turn.source.account, {}).get("locale")
        return replace(turn, source=replace(turn.source, locale=locale)) if isinstance(locale, str) else turn

    async def _met(self, tenant: str, accounts: Iterable[str]) -> Mapping[str, Profile]:
        since = self.clock() - FRESH
        asked = [account for account in accounts if self._known.get((tenant, account), since) <= since]
        if not asked:
            return {}
        async with self.reading.begin() as session:
            linked = await people.linked(session, channel=inbound.CHANNEL, tenant=tenant, accounts=asked)
        found = await self._looked_up([account for account in asked if account not in linked])
        emails = {account: email for account, user in found.items() if (email := verified_email(user, tenant))}
        self._remember(tenant, linked | await self._linked(tenant, emails))
        return found

    async def _looked_up(self, accounts: Iterable[str]) -> Mapping[str, Profile]:
        asked = [asyncio.create_task(self._profile(account)) for account in accounts]
        if not asked:
            return {}
        answered, late = await asyncio.wait(asked, timeout=SECONDS)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
            log.warning("look-ups took too long", extra={"action": "lookup_late", "count": len(late)})
        return {account: user for task in answered for account, user in task.result().items()}

    async def _profile(self, account: str) -> dict[str, Profile]:
        try:
            user = (await self.client.users_info(user=account, include_locale=True)).get("user")
            return {account: user} if isinstance(user, dict) else {}
        except SlackApiError as error:
            log.warning("a look-up failed", extra={"action": "lookup_failed", "error": api.code_of(error)})
        except (ClientError, OSError) as error:
            log.warning("a look-up failed", extra={"action": "lookup_failed", "error": type(error).__name__})
        return {}

    async def _linked(self, tenant: str, emails: Mapping[str, str]) -> set[str]:
        if not emails:
            return set()
        async with self.writing.begin() as session:
            return {
                account
                for account, email in sorted(emails.items())
                if await people.link_by_email(
                    session,
                    channel=inbound.CHANNEL,
                    tenant=tenant,
                    account=account,
                    email=email,
                    now=self.clock(),
                )
            }

    def _remember(self, tenant: str, linked: Iterable[str]) -> None:
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        self._known |= {(tenant, account): self.clock() for account in linked}


def verified_email(user: Profile, tenant: str) -> str | None:
    """The e-mail that may tie this profile to a person: a full member's own, and confirmed; else None."""
    barred = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")
    if any(user.get(sign) for sign in barred) or user.get("is_email_confirmed") is False:
        return None
    if user.get("id") == "USLACKBOT" or not _belongs(user, tenant):
        return None
    email = (user.get("profile") or {}).get("email")
    return email if isinstance(email, str) and "@" in email else None


def _belongs(user: Profile, tenant: str) -> bool:
    """Whether the profile is of this workspace, or of the organisation that this workspace is a part of."""
    teams = (user.get("enterprise_user") or {}).get("teams") or ()
    return user.get("team_id") in (None, tenant) or tenant in teams
