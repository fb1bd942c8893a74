"""Who is in the organisation, as the rosters of our places tell: newcomers, changed profiles, and all of it once a day.

Leaving a team or a chat is not leaving the organisation, and Teams does not tell us of that. So nobody is let go on an
event. Who is inactive after a pass was brought by Teams; was on rosters before, all of which are still ours; is on
none now, where every roster of the organisation was read to its end; and is not in their own chat with us either.
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

MAX_ROSTERS_PER_PASS = 500  # rosters of one pass: where there are more, nobody is let go
MAX_CHATS_PER_PASS = 100  # of people who are on no roster, looked into in one pass
MAX_NEWCOMERS_PER_EVENT = 25  # of one event
MAX_WAITING_EVENTS = 100  # events; whoever comes beyond them is met by the daily pass
TEAMS_SYNC_RETRY_DELAY_S = 3600.0  # seconds until the next pass, where one failed
MEMBERS_LEASE_NAME = f"members:{TEAMS_CHANNEL}"  # by this name one of all the replicas claims it
MEMBER_SYNC_ERRORS = (*CONNECTOR_ERRORS, SQLAlchemyError)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class TeamsMembers:
    """Events are looked into beside the turn. `pages` is where rosters come from."""

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
        """We were let in: everybody there is met, beside the turn."""
        place = _place_of(activity)
        self._beside(place.id, lambda: self._look_around(place))

    def welcome(self, activity: ActivityPayload) -> None:
        """Colleagues came to a place of ours: they are met, beside the turn."""
        place, ids = _place_of(activity), list_newcomers(activity)[:MAX_NEWCOMERS_PER_EVENT]
        self._beside(f"{place.id}/{activity.get('id')}", lambda: self._welcome(place, ids))

    async def look(self) -> None:
        """Go through everybody, where the rosters decide who exists and nobody has done so today."""
        if await self._is_open():
            await self._daily().make(MEMBERS_LEASE_NAME, self._through)

    async def everybody(self) -> None:
        """All rosters that we know, one after the other; one that fails does not stop the others."""
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
        """The places that we were let into, by organisation. Only the message extension was used in the others."""
        by_tenant: dict[str, list[RosterPlace]] = defaultdict(list)
        for tenant, name, details in known:
            if self.account.is_tenant_allowed(tenant) and details.get("service_url"):
                by_tenant[tenant].append(RosterPlace(tenant, name, details["service_url"], details.get("bot") or ""))
        return by_tenant

    async def _read(self, place: RosterPlace, seen: dict[str, set[str]]) -> Literal["read", "failed", "shut"]:
        """How it went; `seen` gets everybody on the roster. An empty one has lost us at least."""
        count = 0
        try:
            async for members in self.pages.of(place):
                count += len(members)
                await self._take(place, members)
                for member in members:
                    seen[get_entra_id(member)].add(place.id)
        except DestinationGone:  # we are not in it, or not any more: it tells of nobody, and keeps nobody
            return "shut"
        except MEMBER_SYNC_ERRORS as error:
            log.warning("a roster was not read", extra={"action": "roster_failed", "error": type(error).__name__})
            return "failed"
        return "read" if count else "failed"

    async def _take(self, place: RosterPlace, members: Iterable[TeamsMember]) -> None:
        """Admit and follow full members; who is a guest now is none any more."""
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
        """Everything was read: keep who is where, and let those go who are nowhere."""
        async with self.writing.begin() as session:
            await record_rosters(session, channel=TEAMS_CHANNEL, tenant=tenant, seen=seen)
            lost = await find_missing_accounts(session, channel=TEAMS_CHANNEL, tenant=tenant, seen=seen, read=read)
        for account, details in sorted(lost.items())[:MAX_CHATS_PER_PASS]:
            if await self._is_gone(tenant, account, details):
                async with self.writing.begin() as session:
                    await deactivate_member(session, Account(TEAMS_CHANNEL, tenant, account), now=self.clock())

    async def _is_gone(self, tenant: str, account: str, details: ConversationDetails) -> bool:
        """Whether the person's own chat with us, where there is one, says that they are not there."""
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
        """Do it beside everything else, where it is not under way."""
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
        """Returns the seconds until the next time."""
        try:
            await self.everybody()
        except MEMBER_SYNC_ERRORS as error:
            log.warning("nobody was listed", extra={"action": "members_failed", "error": type(error).__name__})
            return TEAMS_SYNC_RETRY_DELAY_S
        return DAY_S


def _place_of(activity: ActivityPayload) -> RosterPlace:
    bot = str((activity.get("recipient") or {}).get("id") or "")
    return RosterPlace(get_activity_tenant(activity), get_activity_place(activity), activity["serviceUrl"], bot)
