"""Who is in the workspace: joins, changed profiles and leavers, as Slack tells of them, and all of it once a day."""

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
from engine.people.models import Account

USERS_PER_PAGE = 200  # profiles of one call, as Slack recommends
SLACK_SYNC_RETRY_DELAY_S = 3600.0  # seconds until the next look, where Slack did not answer
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
        """`team_join` and `user_change` carry the profile as it is now."""
        user = body["event"].get("user")
        team = str(body.get("team_id"))
        if isinstance(user, dict) and await self.profiles.workspaces.knows(team):
            await self.take(team, [user])

    async def look(self) -> None:
        """Go through each workspace that decides who exists, where nobody has done so today."""
        if await self._is_open():
            for team in await self.profiles.workspaces.teams():
                await self.daily.make(f"members:{inbound_payloads.SLACK_CHANNEL}:{team}", partial(self._through, team))

    async def sync_workspace(self, team: str) -> None:
        """Go through all of the workspace, where it decides who exists. Raises what a call raises."""
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
        """Admit and follow full members, and let leavers go; where the directory decides, tie accounts only."""
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
        """Returns the seconds until the next time."""
        try:
            await self.sync_workspace(team)
        except (SlackApiError, ClientError, SQLAlchemyError, OSError) as error:
            log.warning("nobody was listed", extra={"action": "members_failed", "error": type(error).__name__})
            meaning = translate_slack_error(error) if isinstance(error, SlackApiError) else None
            return meaning.after if isinstance(meaning, RetryLater) else SLACK_SYNC_RETRY_DELAY_S
        return DAY_S
