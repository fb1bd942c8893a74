"""Accounts that we meet for the first time: asked for at Slack, tied to the person of their verified e-mail."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError

from bot.protocol.turns import Turn
from channels.slack.api import get_slack_error_code
from channels.slack.inbound import payloads as inbound_payloads
from channels.slack.people.mentions import fill_mention_names, list_slack_accounts
from channels.slack.workspaces.workspaces import Workspaces
from engine.db.connection import SessionFactory
from engine.directory.workspace_members import WorkspaceMember, link_or_admit_member
from engine.people.account import Account
from engine.people.lookup import find_linked_accounts

LINKED_ACCOUNT_TTL = timedelta(minutes=10)  # for so long an account that is linked is not asked about again
UNKNOWN_USER_CODES = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
MAX_CACHED_SLACK_ACCOUNTS = 20_000  # accounts that this process remembers

SlackProfile = Mapping[str, Any]

log = logging.getLogger(__name__)


@dataclass(slots=True)
class SlackProfiles:
    """Look-ups of people in Slack.

    `introduce` runs before a turn's transaction. The cache only saves queries and decides no outcome.
    """

    workspaces: Workspaces
    writing: SessionFactory
    reading: SessionFactory
    clock: Callable[[], datetime]
    lookup_s: float
    _known: dict[tuple[str, str], datetime] = field(default_factory=dict)

    async def introduce(self, turn: Turn) -> Turn:
        """Link the sender and the people mentioned, as far as Slack answers in time. A failure never fails the turn.

        Return the turn with the sender's language, names for bare accounts, and in `source.unmet` the accounts whose
        look-up failed but may work later.
        """
        accounts = list_slack_accounts(turn)
        try:
            found, unmet = await self._met(turn.source.tenant, accounts)
            names = {account: _name(user) for account, user in found.items()}
        except Exception:  # the edge: the dispatcher says what it then does not know
            log.exception("people were not introduced", extra={"action": "introduction_failed"})
            found, unmet, names = {}, frozenset(accounts), {}
        locale = _locale(found.get(turn.source.account, {})) or turn.source.locale
        told = replace(turn, source=replace(turn.source, locale=locale, unmet=unmet))
        return fill_mention_names(told, names)

    async def meet(self, tenant: str, accounts: Iterable[str]) -> None:
        """Link them, as far as Slack answers in time."""
        await self._met(tenant, accounts)

    async def _met(self, tenant: str, accounts: Iterable[str]) -> tuple[Mapping[str, SlackProfile], frozenset[str]]:
        """Return the profiles looked up, and the accounts whose look-up failed.

        People of other workspaces are skipped.
        """
        since = self.clock() - LINKED_ACCOUNT_TTL
        asked = [account for account in accounts if self._known.get((tenant, account), since) <= since]
        if not asked or not await self.workspaces.knows(tenant):
            return {}, frozenset()
        async with self.reading.begin() as session:
            linked = await find_linked_accounts(
                session, channel=inbound_payloads.SLACK_CHANNEL, tenant=tenant, accounts=asked
            )
        found = await self._looked_up(tenant, [account for account in asked if account not in linked])
        self._remember(tenant, linked | await self._linked(tenant, found))
        return found, frozenset(asked).difference(linked, found)

    async def _looked_up(self, tenant: str, accounts: Iterable[str]) -> Mapping[str, SlackProfile]:
        asked = [asyncio.create_task(self._profile(tenant, account)) for account in accounts]
        if not asked:
            return {}
        answered, late = await asyncio.wait(asked, timeout=self.lookup_s)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
            log.warning("look-ups took too long", extra={"action": "lookup_late", "count": len(late)})
        return {account: user for task in answered for account, user in task.result().items()}

    async def _profile(self, tenant: str, account: str) -> dict[str, SlackProfile]:
        """Return the profile by account, {account: {}} if there is no such person, or {} if the look-up failed."""
        try:
            client = self.workspaces.client_of(tenant)
            user = (await client.users_info(user=account, include_locale=True)).get("user")
            return {account: user} if isinstance(user, dict) else {}
        except SlackApiError as error:
            log.warning("a look-up failed", extra={"action": "lookup_failed", "error": get_slack_error_code(error)})
            return {account: {}} if get_slack_error_code(error) in UNKNOWN_USER_CODES else {}
        except (ClientError, OSError) as error:
            log.warning("a look-up failed", extra={"action": "lookup_failed", "error": type(error).__name__})
        return {}

    async def _linked(self, tenant: str, found: Mapping[str, SlackProfile]) -> set[str]:
        members = {
            account: one for account, user in found.items() if (one := build_slack_member(account, user, tenant))
        }
        if not members:
            return set()
        async with self.writing.begin() as session:
            now = self.clock()
            return {
                account for account, one in sorted(members.items()) if await link_or_admit_member(session, one, now=now)
            }

    def _remember(self, tenant: str, linked: Iterable[str]) -> None:
        if len(self._known) > MAX_CACHED_SLACK_ACCOUNTS:
            self._known.clear()
        self._known |= {(tenant, account): self.clock() for account in linked}


def build_slack_member(account: str, user: SlackProfile, tenant: str) -> WorkspaceMember | None:
    """Return the member of a profile, or None unless it is a full member with a confirmed e-mail address."""
    email = get_verified_email(user, tenant)
    if email is None:
        return None
    where = Account(inbound_payloads.SLACK_CHANNEL, tenant, account)
    return WorkspaceMember(where, email, _name(user).removeprefix("?"), _locale(user), _zone(user))


def get_verified_email(user: SlackProfile, tenant: str) -> str | None:
    """Return the e-mail that may link this profile to a person: a full member's own and confirmed one, else None."""
    barred = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")
    if any(user.get(sign) for sign in barred) or user.get("is_email_confirmed") is False:
        return None
    organisation = (user.get("enterprise_user") or {}).get("teams") or ()  # its workspaces
    if user.get("id") == "USLACKBOT" or (user.get("team_id") not in (None, tenant) and tenant not in organisation):
        return None
    email = (user.get("profile") or {}).get("email")
    return email if isinstance(email, str) and "@" in email else None


def _name(user: SlackProfile) -> str:
    """Return the name that Slack shows for the person, or "?" if it has none."""
    profile = user.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
    return next((name for name in names if isinstance(name, str) and name.strip()), "?")


def _locale(user: SlackProfile) -> str | None:
    locale = user.get("locale")
    return locale if isinstance(locale, str) and locale else None


def _zone(user: SlackProfile) -> str | None:
    """Return the profile's time zone if it is known here too, else None. Days are counted in it."""
    return zone if (zone := user.get("tz")) in _zones() else None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
