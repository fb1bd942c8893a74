"""Accounts that we meet for the first time: looked up in the roster, tied to the person of their e-mail."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from bot.cards import Mention
from bot.turns import Command, Submission, Turn
from channels.teams import inbound
from channels.teams.api import FAULTS, Connector, Missing
from channels.teams.inbound import CHANNEL, Payload
from channels.teams.references import References
from engine import membership, references
from engine.db import Sessions
from engine.references import Known
from engine.ties import Account

SECONDS = 1.5  # for all look-ups of a turn together
ELSEWHERE = 3  # other places whose rosters are asked
MOST_KNOWN = 20_000  # accounts that this process remembers

Member = Mapping[str, Any]
Strangers = dict[str, Known]
"""Who is on a roster, and is nobody of ours: what they are called, by either id."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Roster:
    """`introduce` comes before a turn's transaction. What it remembers spares a query and decides nothing."""

    connector: Connector
    places: References
    writing: Sessions
    reading: Sessions
    clock: Callable[[], datetime]
    _known: dict[tuple[str, str], Known] = field(default_factory=dict)  # linked accounts, by tenant and either id

    async def introduce(self, turn: Turn, activity: Payload) -> Turn:
        """Link the sender and the people mentioned, as far as the roster answers in time; never fails the turn.

        Returns the turn with the accounts under which people are known: a mention names another id of theirs.
        """
        tenant, strangers = turn.source.tenant, Strangers()
        try:
            strangers = await self._meet(tenant, inbound.accounts(turn), activity)
        except Exception:  # the edge: the dispatcher says what it then does not know
            log.exception("people were not introduced", extra={"action": "introduction_failed"})
        return _renamed(turn, lambda one: self._known.get((tenant, one)) or strangers.get(one))

    async def _meet(self, tenant: str, ids: Iterable[str], activity: Payload) -> Strangers:
        asked = [one for one in ids if (tenant, one) not in self._known]
        if not asked:
            return {}
        async with self.reading.begin() as session:
            known = await references.owners(session, channel=CHANNEL, tenant=tenant, ids=asked)
            met = await references.newest_places(session, channel=CHANNEL, tenant=tenant, limit=ELSEWHERE)
        self._remember(tenant, known)
        rosters = list(dict.fromkeys((inbound.place_of(activity), *met)))
        by_roster_id = {inbound.account_of(activity["from"]): activity["from"]["id"]}  # every roster knows that one
        strangers = [by_roster_id.get(one, one) for one in asked if one not in known]
        members = await self._looked_up(strangers, rosters, activity)
        for member in members:
            await self._link(tenant, member, activity)
        return {one: found for member in members if (found := _named(member)) for one in (found.account, member["id"])}

    async def _looked_up(self, ids: Iterable[str], rosters: Iterable[str], activity: Payload) -> list[Member]:
        asked = [asyncio.create_task(self._member(one, rosters, activity["serviceUrl"])) for one in ids]
        if not asked:
            return []
        answered, late = await asyncio.wait(asked, timeout=SECONDS)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
            log.warning("look-ups took too long", extra={"action": "lookup_late", "count": len(late)})
        return [member for task in asked if task in answered for member in task.result()]

    async def _member(self, account: str, rosters: Iterable[str], service_url: str) -> list[Member]:
        """Somebody picked in a chat of two is on the roster of some other place."""
        for place in rosters:
            try:
                return [await self.connector.member(service_url, place, account)]
            except Missing:
                continue
            except FAULTS as error:
                log.warning("a look-up failed", extra={"action": "lookup_failed", "error": type(error).__name__})
                break
        return []

    async def _link(self, tenant: str, member: Member, activity: Payload) -> None:
        account, alias = entra_id(member), str(member.get("id") or "")
        email = email_of(member, tenant)
        if not account or not email:
            return
        is_sender = account == inbound.account_of(activity["from"])
        async with self.writing.begin() as session:
            known = membership.Member(
                Account(CHANNEL, tenant, account),
                email,
                str(member.get("name") or ""),
                locale=(activity.get("locale") or None) if is_sender else None,
                timezone=_zone(activity) if is_sender else None,
            )
            person = await membership.meet(session, known, now=self.clock())
        if person is None:
            return
        self._remember(tenant, dict.fromkeys(filter(None, (account, alias)), Known(account, person.display_name)))
        bot = str((activity.get("recipient") or {}).get("id") or "")
        reference = {"service_url": activity["serviceUrl"], "bot": bot, "user": alias}
        await self.places.keep_account(tenant, account, alias, reference)

    def _remember(self, tenant: str, found: Mapping[str, Known]) -> None:
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        self._known |= {(tenant, one): known for one, known in found.items()}


def _named(member: Member) -> Known | None:
    account, name = entra_id(member), str(member.get("name") or "")
    return Known(account, name) if account and name and member.get("id") else None


def entra_id(member: Member) -> str:
    """The id that is the same for every bot, else the one that is ours alone."""
    return str(member.get("aadObjectId") or member.get("objectId") or member.get("id") or "")


def email_of(member: Member, tenant: str) -> str | None:
    """The e-mail that may tie this member to a person: that of somebody of the organisation, no guest's; else None."""
    if is_guest(member) or member.get("tenantId") not in (None, "", tenant):
        return None
    email = member.get("email") or member.get("userPrincipalName")
    return email if isinstance(email, str) and "@" in email else None


def is_guest(member: Member) -> bool:
    """Whether somebody of another organisation, or of none, was invited."""
    principal = str(member.get("userPrincipalName") or "")
    return member.get("userRole") in ("guest", "anonymous") or "#ext#" in principal.lower()


def _zone(activity: Payload) -> str | None:
    """The time zone of the client, where we know it too: days are counted in it."""
    told = [entity.get("timezone") for entity in activity.get("entities") or () if entity.get("type") == "clientInfo"]
    return next((zone for zone in (*told, activity.get("localTimezone")) if zone in _zones()), None)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _renamed(turn: Turn, owner: Callable[[str], Known | None]) -> Turn:
    """The turn with the accounts that people are known by; whoever was picked and not named gets a name."""

    def told(part: str | Mention) -> str | Mention:
        known = owner(part.account) if isinstance(part, Mention) and part.account else None
        if known is None or isinstance(part, str):
            return part
        return replace(part, account=known.account, name=known.name if part.name == part.account else part.name)

    sender = owner(turn.source.account)
    source = replace(turn.source, account=sender.account) if sender else turn.source
    match turn:
        case Command():
            return replace(turn, source=source, words=tuple(told(part) for part in turn.words))
        case Submission():
            answers = {field: tuple(told(part) for part in answer) for field, answer in turn.answers.items()}
            return replace(turn, source=source, answers=answers)
        case _:
            return replace(turn, source=source)
