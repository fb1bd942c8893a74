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

from bot.protocol.channel import Gone
from channels.tasks.daily import DAY, Daily
from channels.teams.config import Account
from channels.teams.connector.client import FAULTS, Missing
from channels.teams.inbound import activities
from channels.teams.inbound import events as inbound_events
from channels.teams.inbound.activities import CHANNEL, Payload
from channels.teams.outbound.conversation_references import References
from channels.teams.people.profiles import Member, email_of, entra_id, is_guest, sign_in_of
from channels.teams.people.roster_pages import Pages, Place
from engine.accounts import conversation_references
from engine.accounts.conversation_references import Details
from engine.db.connection import Sessions
from engine.directory import rosters as directory_rosters
from engine.directory import workspace_members
from engine.people import models as people_models

PLACES = 500  # rosters of one pass: where there are more, nobody is let go

CHATS = 100  # of people who are on no roster, looked into in one pass

NEWCOMERS = 25  # of one event

WAITING = 100  # events; whoever comes beyond them is met by the daily pass

HOUR = 3600.0  # seconds until the next pass, where one failed

PASS = f"members:{CHANNEL}"  # by this name one of all the replicas claims it

FAILED = (*FAULTS, SQLAlchemyError)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Members:
    """Events are looked into beside the turn. `pages` is where rosters come from."""

    account: Account
    pages: Pages
    places: References
    writing: Sessions
    reading: Sessions
    clock: Callable[[], datetime]
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def start(self) -> None:
        self._beside("daily", lambda: self._daily().run(self.look))

    async def stop(self) -> None:
        for task in (under_way := list(self._tasks.values())):
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def look_around(self, activity: Payload) -> None:
        """We were let in: everybody there is met, beside the turn."""
        place = _place_of(activity)
        self._beside(place.id, lambda: self._look_around(place))

    def welcome(self, activity: Payload) -> None:
        """Colleagues came to a place of ours: they are met, beside the turn."""
        place, ids = _place_of(activity), inbound_events.newcomers(activity)[:NEWCOMERS]
        self._beside(f"{place.id}/{activity.get('id')}", lambda: self._welcome(place, ids))

    async def look(self) -> None:
        """Go through everybody, where the rosters decide who exists and nobody has done so today."""
        if await self._is_open():
            await self._daily().make(PASS, self._through)

    async def everybody(self) -> None:
        """All rosters that we know, one after the other; one that fails does not stop the others."""
        async with self.reading.begin() as session:
            if not await workspace_members.is_open(session):
                return
            known = await conversation_references.open_places(session, channel=CHANNEL, limit=PLACES + 1)
        for tenant, places in self._ours(known[:PLACES]).items():
            seen: dict[str, set[str]] = defaultdict(set)
            told = {place.id: await self._read(place, seen) for place in places}
            if "failed" not in told.values() and len(known) <= PLACES:
                await self._settle(tenant, seen, {name for name, how in told.items() if how == "read"})

    def _ours(self, known: Iterable[tuple[str, str, Details]]) -> dict[str, list[Place]]:
        """The places that we were let into, by organisation. Only the message extension was used in the others."""
        by_tenant: dict[str, list[Place]] = defaultdict(list)
        for tenant, name, details in known:
            if self.account.may_enter(tenant) and details.get("service_url"):
                by_tenant[tenant].append(Place(tenant, name, details["service_url"], details.get("bot") or ""))
        return by_tenant

    async def _read(self, place: Place, seen: dict[str, set[str]]) -> Literal["read", "failed", "shut"]:
        """How it went; `seen` gets everybody on the roster. An empty one has lost us at least."""
        count = 0
        try:
            async for members in self.pages.of(place):
                count += len(members)
                await self._take(place, members)
                for member in members:
                    seen[entra_id(member)].add(place.id)
        except Gone:  # we are not in it, or not any more: it tells of nobody, and keeps nobody
            return "shut"
        except FAILED as error:
            log.warning("a roster was not read", extra={"action": "roster_failed", "error": type(error).__name__})
            return "failed"
        return "read" if count else "failed"

    async def _take(self, place: Place, members: Iterable[Member]) -> None:
        """Admit and follow full members; who is a guest now is none any more."""
        by_account = {entra_id(member): member for member in members}
        met: list[str] = []
        async with self.writing.begin() as session:
            for account, member in sorted(by_account.items()):
                tied = people_models.Account(CHANNEL, place.tenant, account)
                email = None if inbound_events.is_bot(member) else email_of(member, place.tenant)
                if email:
                    known = workspace_members.Member(
                        tied, email, str(member.get("name") or ""), also=sign_in_of(member)
                    )
                    met += [account] if await workspace_members.meet(session, known, now=self.clock()) else []
                elif is_guest(member):
                    await workspace_members.leave(session, tied, now=self.clock())
        for account in met:
            alias = str(by_account[account].get("id") or "")
            reference = {"service_url": place.service_url, "bot": place.bot, "user": alias}
            await self.places.keep_account(place.tenant, account, alias, reference)

    async def _settle(self, tenant: str, seen: dict[str, set[str]], read: set[str]) -> None:
        """Everything was read: keep who is where, and let those go who are nowhere."""
        async with self.writing.begin() as session:
            await directory_rosters.note(session, channel=CHANNEL, tenant=tenant, seen=seen)
            lost = await directory_rosters.missing(session, channel=CHANNEL, tenant=tenant, seen=seen, read=read)
        for account, details in sorted(lost.items())[:CHATS]:
            if await self._is_gone(tenant, account, details):
                async with self.writing.begin() as session:
                    await workspace_members.leave(
                        session, people_models.Account(CHANNEL, tenant, account), now=self.clock()
                    )

    async def _is_gone(self, tenant: str, account: str, details: Details) -> bool:
        """Whether the person's own chat with us, where there is one, says that they are not there."""
        if not details.get("conversation"):
            return True
        chat = Place(tenant, details["conversation"], details.get("service_url") or "")
        try:
            await self.pages.one(chat, details.get("user") or account)
        except Missing:
            return True
        except FAULTS:
            return False
        return False

    async def _look_around(self, place: Place) -> None:
        if await self._is_open():
            await self._read(place, defaultdict(set))

    async def _welcome(self, place: Place, ids: Iterable[str]) -> None:
        for one in ids if await self._is_open() else ():
            try:
                member = await self.pages.one(place, one)
                await self._take(place, [member] if entra_id(member) else [])
            except FAILED as error:
                log.warning("nobody was met", extra={"action": "newcomer_failed", "error": type(error).__name__})

    async def _is_open(self) -> bool:
        async with self.reading.begin() as session:
            return await workspace_members.is_open(session)

    def _beside(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do it beside everything else, where it is not under way."""
        if name in self._tasks or len(self._tasks) > WAITING:
            return

        async def done() -> None:
            try:
                await work()
            finally:
                del self._tasks[name]

        self._tasks[name] = asyncio.create_task(done(), name=f"teams members {name}")

    def _daily(self) -> Daily:
        return Daily(self.writing, self.clock, self.pages.sleep)

    async def _through(self) -> float:
        """Returns the seconds until the next time."""
        try:
            await self.everybody()
        except FAILED as error:
            log.warning("nobody was listed", extra={"action": "members_failed", "error": type(error).__name__})
            return HOUR
        return DAY


def _place_of(activity: Payload) -> Place:
    bot = str((activity.get("recipient") or {}).get("id") or "")
    return Place(activities.tenant_of(activity), activities.place_of(activity), activity["serviceUrl"], bot)
