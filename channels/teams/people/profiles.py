"""Accounts seen for the first time: looked up in the roster and linked to the person with their e-mail."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.protocol.channel import DestinationGone
from bot.protocol.elements import Mention
from bot.protocol.turns import Command, Source, Submission, Turn
from channels.teams.connector.client import CONNECTOR_ERRORS, Connector, TeamsCallRejected
from channels.teams.inbound import activities
from channels.teams.inbound.activities import TEAMS_CHANNEL, ActivityPayload, build_teams_source, list_teams_accounts
from channels.teams.outbound.conversation_references import ConversationReferences
from channels.teams.people.lookup_source import LookupSource
from engine.accounts.conversation_references import (
    KnownAccount,
    find_account_owners,
    get_account_reference,
    list_newest_places,
)
from engine.db.connection import SessionFactory
from engine.directory.workspace_members import WorkspaceMember, link_or_admit_member
from engine.people.account import Account

MAX_OTHER_PLACES = 3  # other places whose rosters are asked
MAX_CACHED_TEAMS_ACCOUNTS = 20_000  # accounts that this process remembers

TeamsMember = Mapping[str, Any]

UnlinkedMembers = dict[str, KnownAccount]
"""Members of a roster who are linked to no person: their account and name, by either of their ids."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class TeamsProfiles:
    """Look-ups before a turn's transaction. Its cache saves queries and decides nothing."""

    connector: Connector
    places: ConversationReferences
    writing: SessionFactory
    reading: SessionFactory
    clock: Callable[[], datetime]
    lookup_s: float
    _known: dict[tuple[str, str], KnownAccount] = field(default_factory=dict)  # linked, by tenant and either id

    async def introduce(self, turn: Turn, whence: LookupSource) -> Turn:
        """Link the sender and the people mentioned, as far as the roster answers in time. Never raises.

        Return the turn with the accounts under which people are known, because a mention names another id of theirs.
        `source.unmet` holds the accounts that could not be looked up now; a later try may succeed.
        """
        tenant, strangers = turn.source.tenant, UnlinkedMembers()
        asked = [one for one in list_teams_accounts(turn) if (tenant, one) not in self._known]
        try:
            strangers, unmet = await self._meet(tenant, asked, whence)
        except Exception:  # the edge: the dispatcher handles people who are unknown
            log.exception("people were not introduced", extra={"action": "introduction_failed"})
            unmet = frozenset(asked)
        told = _renamed(turn, lambda one: self._known.get((tenant, one)) or strangers.get(one))
        return replace(told, source=replace(told.source, unmet=unmet))

    async def sender_of(self, activity: ActivityPayload) -> Source:
        """Return the source of an activity that is not a turn, with its sender linked."""
        asked = Command(build_teams_source(activity), "")
        return (await self.introduce(asked, LookupSource.told(activity))).source

    async def introduce_again(self, turn: Turn) -> Turn:
        """Do the same for a turn that had to wait, with stored data instead of its activity."""
        source = turn.source
        async with self.reading.begin() as session:
            sender = await get_account_reference(session, source.sender)
        return await self.introduce(turn, LookupSource.stored(source, sender))

    async def _meet(
        self, tenant: str, asked: Collection[str], whence: LookupSource
    ) -> tuple[UnlinkedMembers, frozenset[str]]:
        """Look up the accounts.

        Return the members that are linked to no person, under either of their ids, and the accounts that could not be
        looked up now.
        """
        if not asked:
            return {}, frozenset()
        async with self.reading.begin() as session:
            known = await find_account_owners(session, channel=TEAMS_CHANNEL, tenant=tenant, ids=asked)
            met = await list_newest_places(session, channel=TEAMS_CHANNEL, tenant=tenant, limit=MAX_OTHER_PLACES)
        self._remember(tenant, known)
        rosters = list(dict.fromkeys((whence.place, *met)))
        by_roster_id = {whence.account: whence.roster_id}
        strangers = {one: by_roster_id.get(one, one) for one in asked if one not in known}
        found = await self._looked_up(strangers, rosters, whence.service_url)
        members = [member for member in found.values() if member]
        for member in members:
            await self._link(tenant, member, whence)
        named = {one: who for member in members if (who := _named(member)) for one in (who.account, member["id"])}
        return named, frozenset(strangers).difference(found)

    async def _looked_up(
        self, ids: Mapping[str, str], rosters: Iterable[str], service_url: str
    ) -> dict[str, TeamsMember | None]:
        """Return the member for each account, or None if no roster has it.

        Accounts without an answer in time are left out.
        """
        asked = [asyncio.create_task(self._told(one, known_as, rosters, service_url)) for one, known_as in ids.items()]
        if not asked:
            return {}
        answered, late = await asyncio.wait(asked, timeout=self.lookup_s)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
            log.warning("look-ups took too long", extra={"action": "lookup_late", "count": len(late)})
        return {one: member for task in asked if task in answered for one, member in task.result().items()}

    async def _told(
        self, one: str, known_as: str, rosters: Iterable[str], service_url: str
    ) -> dict[str, TeamsMember | None]:
        """Ask the rosters in turn for one account. Return {} if they cannot be asked now.

        A person picked in a chat of two is found on the roster of another place.
        """
        for place in rosters:
            try:
                return {one: await self.connector.member(service_url, place, known_as)}
            except (DestinationGone, TeamsCallRejected):  # not on that roster, or it is closed to the bot
                continue
            except CONNECTOR_ERRORS as error:
                log.warning("a look-up failed", extra={"action": "lookup_failed", "error": type(error).__name__})
                return {}
        return {one: None}

    async def _link(self, tenant: str, member: TeamsMember, whence: LookupSource) -> None:
        entra_id, alias = get_entra_id(member), str(member.get("id") or "")
        email = get_member_email(member, tenant)
        if not entra_id or not email:
            return
        account, is_sender = Account(TEAMS_CHANNEL, tenant, entra_id), entra_id == whence.account
        async with self.writing.begin() as session:
            known = WorkspaceMember(
                account,
                email,
                str(member.get("name") or ""),
                locale=whence.locale if is_sender else None,
                timezone=whence.timezone if is_sender else None,
                also=get_sign_in_name(member),
            )
            person = await link_or_admit_member(session, known, now=self.clock())
        if person is None:
            return
        self._remember(
            tenant, dict.fromkeys(filter(None, (entra_id, alias)), KnownAccount(entra_id, person.display_name))
        )
        reference = {"service_url": whence.service_url, "bot": whence.bot, "user": alias}
        await self.places.keep_account(account, alias, reference)

    def _remember(self, tenant: str, found: Mapping[str, KnownAccount]) -> None:
        if len(self._known) > MAX_CACHED_TEAMS_ACCOUNTS:
            self._known.clear()
        self._known |= {(tenant, one): known for one, known in found.items()}


def _named(member: TeamsMember) -> KnownAccount | None:
    account, name = get_entra_id(member), str(member.get("name") or "")
    return KnownAccount(account, name) if account and name and member.get("id") else None


def get_entra_id(member: TeamsMember) -> str:
    """Return the id that is the same for every bot, or this bot's own id if Teams omits it."""
    return str(member.get("aadObjectId") or member.get("objectId") or member.get("id") or "")


def get_member_email(member: TeamsMember, tenant: str) -> str | None:
    """Return the e-mail that may link this member to a person, or None for guests and other organisations."""
    if is_guest_member(member) or member.get("tenantId") not in (None, "", tenant):
        return None
    email = member.get("email") or get_sign_in_name(member)
    return email if isinstance(email, str) and "@" in email else None


def get_sign_in_name(member: TeamsMember) -> str:
    """Return the sign-in name, in many organisations a different address from that of the mailbox."""
    return str(member.get("userPrincipalName") or "")


def is_guest_member(member: TeamsMember) -> bool:
    """Return whether the member is a guest from another organisation, or anonymous."""
    return member.get("userRole") in ("guest", "anonymous") or "#ext#" in get_sign_in_name(member).lower()


def _renamed(turn: Turn, owner: Callable[[str], KnownAccount | None]) -> Turn:
    """Return the turn with the accounts that people are known by. People picked without a name get theirs."""

    def told(part: str | Mention) -> str | Mention:
        known = owner(part.account) if isinstance(part, Mention) and part.account else None
        if known is None or isinstance(part, str):
            return part
        return replace(
            part, account=known.account, name=known.name if part.name == activities.UNKNOWN_NAME else part.name
        )

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
