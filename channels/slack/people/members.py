"""The members of a workspace: joins, profile changes and leavers from Slack's events, and a daily full list."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from bot.protocol.channel import RetryLater
from channels.slack.api import translate_slack_error
from channels.slack.inbound import payloads as inbound_payloads
from channels.slack.people.profiles import SlackProfile, SlackProfiles, build_slack_member
from channels.slack.types import SlackBody
from channels.tasks.daily import DAY_S, DailyRunner
from channels.tasks.member_pages import store_member_page
from engine.directory.member_changes import MemberPage
from engine.directory.workspace_members import WorkspaceMember, is_admitting_members
from engine.people.account import Account

USERS_PER_PAGE = 200  # profiles of one call, as Slack recommends
SLACK_SYNC_RETRY_DELAY_S = 3600.0  # seconds until the next try after Slack did not answer
FORMER_MEMBER_FLAGS = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted")  # gone, or no full member any more

log = logging.getLogger(__name__)


@dataclass(slots=True)
class SlackMembers:
    """`daily` sees to it that one of all the replicas goes through each workspace."""

    profiles: SlackProfiles
    daily: DailyRunner
    _daily: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._daily = asyncio.create_task(self.daily.run(self.look), name="slack members")

    def stop(self) -> None:
        if self._daily:
            self._daily.cancel()

    async def on_event(self, body: SlackBody) -> None:
        """Store the profile in a `team_join` or `user_change` event. It is the current one."""
        user = body["event"].get("user")
        team = str(body.get("team_id"))
        if isinstance(user, dict) and await self.profiles.workspaces.knows(team):
            await self.take(team, [user])

    async def look(self) -> None:
        """Sync each workspace that decides who exists, unless that was done today."""
        if await self._is_open():
            for team in await self.profiles.workspaces.teams():
                await self.daily.make(f"members:{inbound_payloads.SLACK_CHANNEL}:{team}", partial(self._through, team))

    async def sync_workspace(self, team: str) -> None:
        """Sync all members of the workspace, if it decides who exists. Raises what a call raises."""
        if not await self._is_open():
            return
        client, cursor = self.profiles.workspaces.client_of(team), ""
        while True:
            page = await client.users_list(limit=USERS_PER_PAGE, cursor=cursor, include_locale=True)
            await self.take(team, page.get("members") or ())
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def take(self, tenant: str, users: Iterable[SlackProfile]) -> None:
        """Store a page of profiles: admit and update full members, and remove leavers.

        If a directory decides, only link accounts.
        """
        members: list[WorkspaceMember] = []
        former: list[Account] = []
        for user in sorted(users, key=lambda user: str(user.get("id"))):
            account = str(user.get("id") or "")
            known = build_slack_member(account, user, tenant) if account else None
            if known:
                members.append(known)
            elif any(user.get(sign) for sign in FORMER_MEMBER_FLAGS):
                former.append(Account(inbound_payloads.SLACK_CHANNEL, tenant, account))
        page = MemberPage(members, former)
        await store_member_page(self.profiles.reading, self.profiles.writing, page, self.profiles.clock())

    async def _is_open(self) -> bool:
        async with self.profiles.reading.begin() as session:
            return await is_admitting_members(session)

    async def _through(self, team: str) -> float:
        """Sync the workspace and return the seconds until the next sync. A failure is logged."""
        try:
            await self.sync_workspace(team)
        except (SlackApiError, ClientError, SQLAlchemyError, OSError) as error:
            log.warning("nobody was listed", extra={"action": "members_failed", "error": type(error).__name__})
            meaning = translate_slack_error(error) if isinstance(error, SlackApiError) else None
            return meaning.after if isinstance(meaning, RetryLater) else SLACK_SYNC_RETRY_DELAY_S
        return DAY_S
