"""Who is in the workspace: joins, changed profiles and leavers, as Slack tells of them, and all of it once a day."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from bot.announcer import RetryLater
from channels.slack import api, payloads
from channels.slack.answers import Body
from channels.slack.profiles import Profile, Profiles, member
from engine import membership
from engine.ties import Account

PAGE = 200  # profiles of one call, as Slack recommends
DAILY = 86_400.0  # seconds between two looks at everybody
SOON = 60.0  # seconds, where Slack was not connected yet, or did not answer
LEFT = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted")  # gone, or no full member any more

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Members:
    profiles: Profiles
    _daily: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._daily = asyncio.create_task(self._look_daily(), name="slack members")

    def stop(self) -> None:
        if self._daily:
            self._daily.cancel()

    async def on_event(self, body: Body) -> None:
        """`team_join` and `user_change` carry the profile as it is now."""
        user = body["event"].get("user")
        if isinstance(user, dict) and self.profiles.workspace in ("", body.get("team_id")):
            await self.take(str(body.get("team_id")), [user])

    async def everybody(self) -> None:
        """Go through all of the workspace, where it decides who exists. Raises what a call raises."""
        async with self.profiles.reading.begin() as session:
            if not await membership.is_open(session):
                return
        cursor = ""
        while True:
            page = await self.profiles.client.users_list(limit=PAGE, cursor=cursor, include_locale=True)
            await self.take(self.profiles.workspace, page.get("members") or ())
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def take(self, tenant: str, users: Iterable[Profile]) -> None:
        """Admit and follow full members, and let leavers go; where the directory decides, tie accounts only."""
        now = self.profiles.clock()
        async with self.profiles.writing.begin() as session:
            for user in sorted(users, key=lambda user: str(user.get("id"))):
                account = str(user.get("id") or "")
                known = member(account, user, tenant) if account else None
                if known:
                    await membership.meet(session, known, now=now)
                elif any(user.get(sign) for sign in LEFT):
                    await membership.leave(session, Account(payloads.CHANNEL, tenant, account), now=now)

    async def _look_daily(self) -> None:
        pause = SOON
        while True:
            await asyncio.sleep(pause)
            pause = await self._look()

    async def _look(self) -> float:
        """Returns the seconds until the next look."""
        if not self.profiles.workspace:
            return SOON
        try:
            await self.everybody()
        except (SlackApiError, ClientError, SQLAlchemyError, OSError) as error:
            log.warning("nobody was listed", extra={"action": "members_failed", "error": type(error).__name__})
            meaning = api.meaning_of(error) if isinstance(error, SlackApiError) else None
            return meaning.after if isinstance(meaning, RetryLater) else SOON * 60
        return DAILY
