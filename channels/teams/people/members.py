"""The members of the organisation from the rosters of its places: newcomers, changed profiles, a daily full pass.

A person who leaves a team or a chat may still be in the organisation, and Teams sends no event for leaving that. So
only a full pass deactivates a person, under four conditions: Teams had brought them; all rosters they were on are still
readable; they are on none now, and every roster of the organisation was read to its end; and they are gone from their
own chat with the bot.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from bot.protocol.channel import DestinationGone
from channels.tasks.daily import DAY_S, DailyRunner
from channels.tasks.member_pages import store_member_page
from channels.teams.config import TeamsConfig
from channels.teams.connector.client import CONNECTOR_ERRORS, TeamsTargetMissing
from channels.teams.inbound.activities import TEAMS_CHANNEL, ActivityPayload, get_activity_place, get_activity_tenant
from channels.teams.inbound.events import is_bot_account, list_newcomers
from channels.teams.outbound.conversation_references import ConversationReferences
from channels.teams.people.profiles import (
    TeamsMember,
    get_entra_id,
    get_member_email,
    get_sign_in_name,
    is_guest_member,
)
from channels.teams.people.roster_pages import RosterPages, RosterPlace
from engine.accounts.conversation_references import ConversationDetails, list_open_places
from engine.db.connection import SessionFactory
from engine.directory.member_changes import MemberPage
from engine.directory.rosters import find_missing_accounts, record_rosters
from engine.directory.workspace_members import (
    WorkspaceMember,
    deactivate_member,
    is_admitting_members,
)
from engine.people.account import Account

MAX_ROSTERS_PER_PASS = 500  # rosters: with more of them a pass is incomplete, and deactivates no one
MAX_CHATS_PER_PASS = 100  # chats of people on no roster, checked in one pass
MAX_NEWCOMERS_PER_EVENT = 25  # of one event
MAX_WAITING_EVENTS = 100  # events: people of later ones are met by the daily pass
TEAMS_SYNC_RETRY_DELAY_S = 3600.0  # seconds until the next pass after a failed one
MEMBERS_LEASE_NAME = f"members:{TEAMS_CHANNEL}"  # the lease by which one replica claims the pass
MEMBER_SYNC_ERRORS = (*CONNECTOR_ERRORS, SQLAlchemyError)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class TeamsMembers:
    """The synchronisation of members, beside the turns. `pages` reads the rosters."""

    account: TeamsConfig
    pages: RosterPages
    places: ConversationReferences
    writing: SessionFactory
    reading: SessionFactory
    clock: Callable[[], datetime]
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def start(self) -> None:
        self._beside("daily", lambda: self._daily().run(self.look))

    async def stop(self) -> None:
        for task in (under_way := list(self._tasks.values())):
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def schedule_lookup(self, activity: ActivityPayload) -> None:
        """Read the roster of a place that the bot was just added to, in the background."""
        place = _place_of(activity)
        self._beside(place.id, lambda: self._look_around(place))

    def welcome(self, activity: ActivityPayload) -> None:
        """Look up the people who joined a place of the bot, in the background."""
        place, ids = _place_of(activity), list_newcomers(activity)[:MAX_NEWCOMERS_PER_EVENT]
        self._beside(f"{place.id}/{activity.get('id')}", lambda: self._welcome(place, ids))

    async def look(self) -> None:
        """Run the daily pass if people come from rosters, unless a replica has run it today."""
        if await self._is_open():
            await self._daily().make(MEMBERS_LEASE_NAME, self._through)

    async def everybody(self) -> None:
        """Read all known rosters one after the other, and go on after one that fails."""
        async with self.reading.begin() as session:
            if not await is_admitting_members(session):
                return
            known = await list_open_places(session, channel=TEAMS_CHANNEL, limit=MAX_ROSTERS_PER_PASS + 1)
        for tenant, places in self._ours(known[:MAX_ROSTERS_PER_PASS]).items():
            seen: dict[str, set[str]] = defaultdict(set)
            told = {place.id: await self._read(place, seen) for place in places}
            if "failed" not in told.values() and len(known) <= MAX_ROSTERS_PER_PASS:
                await self._settle(tenant, seen, {name for name, how in told.items() if how == "read"})

    def _ours(self, known: Iterable[tuple[str, str, ConversationDetails]]) -> dict[str, list[RosterPlace]]:
        """Return the places that the bot was added to, by organisation. In the others only the extension was used."""
        by_tenant: dict[str, list[RosterPlace]] = defaultdict(list)
        for tenant, name, details in known:
            if self.account.is_tenant_allowed(tenant) and details.get("service_url"):
                by_tenant[tenant].append(RosterPlace(tenant, name, details["service_url"], details.get("bot") or ""))
        return by_tenant

    async def _read(self, place: RosterPlace, seen: dict[str, set[str]]) -> Literal["read", "failed", "shut"]:
        """Read a roster, add its people to `seen`, and return the outcome.

        An empty roster counts as failed, because the bot itself should be on it.
        """
        count = 0
        try:
            async for members in self.pages.of(place):
                count += len(members)
                await self._take(place, members)
                for member in members:
                    seen[get_entra_id(member)].add(place.id)
        except DestinationGone:  # the bot is not in it: it neither admits nor keeps anyone
            return "shut"
        except MEMBER_SYNC_ERRORS as error:
            log.warning("a roster was not read", extra={"action": "roster_failed", "error": type(error).__name__})
            return "failed"
        return "read" if count else "failed"

    async def _take(self, place: RosterPlace, members: Iterable[TeamsMember]) -> None:
        """Admit and update full members. Deactivate accounts that are now guests."""
        by_entra_id = {get_entra_id(member): member for member in members}
        known: list[WorkspaceMember] = []
        former: list[Account] = []
        for entra_id, member in sorted(by_entra_id.items()):
            tied = Account(TEAMS_CHANNEL, place.tenant, entra_id)
            email = None if is_bot_account(member) else get_member_email(member, place.tenant)
            if email:
                known.append(WorkspaceMember(tied, email, str(member.get("name") or ""), also=get_sign_in_name(member)))
            elif is_guest_member(member):
                former.append(tied)
        strangers = await store_member_page(self.reading, self.writing, MemberPage(known, former), self.clock())
        for account in (one.account for one in known if one.account not in strangers):
            alias = str(by_entra_id[account.external_id].get("id") or "")
            reference = {"service_url": place.service_url, "bot": place.bot, "user": alias}
            await self.places.keep_account(account, alias, reference)

    async def _settle(self, tenant: str, seen: dict[str, set[str]], read: set[str]) -> None:
        """Record who is on which roster after a complete pass, and deactivate the people who are on none."""
        async with self.writing.begin() as session:
            await record_rosters(session, channel=TEAMS_CHANNEL, tenant=tenant, seen=seen)
            lost = await find_missing_accounts(session, channel=TEAMS_CHANNEL, tenant=tenant, seen=seen, read=read)
        for account, details in sorted(lost.items())[:MAX_CHATS_PER_PASS]:
            if await self._is_gone(tenant, account, details):
                async with self.writing.begin() as session:
                    await deactivate_member(session, Account(TEAMS_CHANNEL, tenant, account), now=self.clock())

    async def _is_gone(self, tenant: str, account: str, details: ConversationDetails) -> bool:
        """Return whether the person is missing in their own chat with the bot, or has no such chat."""
        if not details.get("conversation"):
            return True
        chat = RosterPlace(tenant, details["conversation"], details.get("service_url") or "")
        try:
            await self.pages.one(chat, details.get("user") or account)
        except TeamsTargetMissing:
            return True
        except CONNECTOR_ERRORS:
            return False
        return False

    async def _look_around(self, place: RosterPlace) -> None:
        if await self._is_open():
            await self._read(place, defaultdict(set))

    async def _welcome(self, place: RosterPlace, ids: Iterable[str]) -> None:
        for one in ids if await self._is_open() else ():
            try:
                member = await self.pages.one(place, one)
                await self._take(place, [member] if get_entra_id(member) else [])
            except MEMBER_SYNC_ERRORS as error:
                log.warning("nobody was met", extra={"action": "newcomer_failed", "error": type(error).__name__})

    async def _is_open(self) -> bool:
        async with self.reading.begin() as session:
            return await is_admitting_members(session)

    def _beside(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run the work in the background, unless work of that name is under way."""
        if name in self._tasks or len(self._tasks) > MAX_WAITING_EVENTS:
            return

        async def done() -> None:
            try:
                await work()
            finally:
                del self._tasks[name]

        self._tasks[name] = asyncio.create_task(done(), name=f"teams members {name}")

    def _daily(self) -> DailyRunner:
        return DailyRunner(self.writing, self.clock, self.pages.sleep)

    async def _through(self) -> float:
        """Run a full pass. Return the seconds until the next one."""
        try:
            await self.everybody()
        except MEMBER_SYNC_ERRORS as error:
            log.warning("nobody was listed", extra={"action": "members_failed", "error": type(error).__name__})
            return TEAMS_SYNC_RETRY_DELAY_S
        return DAY_S


def _place_of(activity: ActivityPayload) -> RosterPlace:
    bot = str((activity.get("recipient") or {}).get("id") or "")
    return RosterPlace(get_activity_tenant(activity), get_activity_place(activity), activity["serviceUrl"], bot)
