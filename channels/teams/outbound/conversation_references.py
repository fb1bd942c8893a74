"""Where we can post later, from any process: each place's and each person's conversation, kept as they speak to us."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from channels.teams.connector.client import Connector, TeamsTargetMissing, build_personal_conversation
from channels.teams.inbound.activities import (
    TEAMS_CHANNEL,
    ActivityPayload,
    build_teams_source,
    get_activity_place,
    get_activity_tenant,
    get_teams_account,
    is_personal_chat,
)
from engine.accounts.conversation_references import (
    close_place_reference,
    get_account_reference,
    get_place_reference,
    list_newest_places,
    save_account_reference,
    save_place_reference,
)
from engine.db.connection import SessionFactory
from engine.delivery.blocked import reroute_blocked_account
from engine.people.account import Account

MAX_CACHED_REFERENCES = 20_000  # references that this process remembers

ReferenceDetails = dict[str, Any]


@dataclass(slots=True)
class ConversationReferences:
    """What it remembers spares a query and decides nothing. `bot` is our own id among the members."""

    connector: Connector
    writing: SessionFactory
    reading: SessionFactory
    clock: Callable[[], datetime]
    _kept: dict[tuple[str, str], ReferenceDetails] = field(default_factory=dict)  # by tenant and id

    async def keep(self, activity: ActivityPayload) -> bool:
        """Whoever and wherever this came from can be reached. Returns whether we were not in that place before.

        An account that is nobody's yet is not kept.
        """
        known = await self.keep_sender(activity)
        return not known if is_personal_chat(activity) else await self.keep_place(activity)

    async def keep_sender(self, activity: ActivityPayload) -> bool:
        """The same for who sent this alone. Returns whether they are reached so already."""
        sender = _sender(activity)
        if is_personal_chat(activity):
            sender["conversation"] = activity["conversation"]["id"]
        return await self.keep_account(_sending_account(activity), activity["from"]["id"], sender)

    async def is_ours(self, activity: ActivityPayload) -> bool:
        """Whether we are known to be in that place."""
        tenant, place = get_activity_tenant(activity), get_activity_place(activity)
        if (tenant, place) in self._kept:
            return True
        async with self.reading.begin() as session:
            return bool(await get_place_reference(session, channel=TEAMS_CHANNEL, tenant=tenant, external_id=place))

    async def keep_account(self, account: Account, alias: str, details: ReferenceDetails) -> bool:
        """Whether the account is reached so already; what is known of it and not said anew stays."""
        held = self._kept.get((account.tenant, account.external_id), {})
        if held.items() >= details.items():
            return True
        async with self.reading.begin() as session:
            held = await get_account_reference(session, account)
        if held.items() >= details.items():
            self._remember(account.tenant, account.external_id, held)
            return True
        async with self.writing.begin() as session:
            if await save_account_reference(session, account, alias=alias, details=held | details):
                self._remember(account.tenant, account.external_id, held | details)
        return "conversation" not in details or held.get("conversation") == details["conversation"]

    def forget(self, activity: ActivityPayload) -> None:
        """What this process remembers of the place is not to be trusted: another one may have closed it."""
        self._kept.pop((get_activity_tenant(activity), get_activity_place(activity)), None)

    async def close(self, tenant: str, place: str) -> None:
        """We are there no more."""
        self._kept.pop((tenant, place), None)
        async with self.writing.begin() as session:
            await close_place_reference(
                session, channel=TEAMS_CHANNEL, tenant=tenant, external_id=place, now=self.clock()
            )

    async def leave_chat(self, activity: ActivityPayload) -> None:
        """The person removed us: what waits for them there goes to their next account."""
        account = _sending_account(activity)
        self._kept.pop((account.tenant, account.external_id), None)
        async with self.writing.begin() as session:
            held = await get_account_reference(session, account)
            left = {name: value for name, value in held.items() if name != "conversation"}
            await save_account_reference(session, account, alias=None, details=left)
            await reroute_blocked_account(session, account, now=self.clock())

    async def alone_with(self, account: Account, known: Mapping[str, Any] | None = None) -> tuple[str, str]:
        """The service URL and the conversation of two with that person, which is begun where there is none yet.

        `known` is what was stored of the account. Raises Gone where nothing is, and what the connector raises.
        """
        known = dict(known or {}) | self._kept.get((account.tenant, account.external_id), {})
        if not known.get("service_url"):
            known = await self._found(account) | known
        if not known.get("service_url"):
            raise TeamsTargetMissing("no reference")
        if not known.get("conversation"):
            user = known.get("user") or account.external_id
            with_whom = build_personal_conversation(user, known.get("bot", ""), account.tenant)
            conversation = await self.connector.create(known["service_url"], with_whom)
            await self.keep_account(account, known.get("user", ""), {"conversation": conversation})
            known["conversation"] = conversation
        return known["service_url"], known["conversation"]

    async def alone_with_sender(self, activity: ActivityPayload) -> tuple[str, str]:
        """The same with whoever sent this, known to us or not."""
        return await self.alone_with(_sending_account(activity), _sender(activity))

    async def _found(self, account: Account) -> ReferenceDetails:
        """What is stored of the account; where it never spoke to us, the server of the organisation's newest place."""
        async with self.reading.begin() as session:
            places = await list_newest_places(session, channel=account.channel, tenant=account.tenant, limit=1)
            stored = await get_account_reference(session, account)
        return dict(next(iter(places.values()), {})) | stored

    async def keep_place(self, activity: ActivityPayload) -> bool:
        """We are in that place. Returns whether we were not there before."""
        tenant, place, reference = get_activity_tenant(activity), get_activity_place(activity), _server(activity)
        if self._kept.get((tenant, place)) == reference:
            return False
        async with self.writing.begin() as session:
            is_new = await save_place_reference(
                session,
                channel=TEAMS_CHANNEL,
                tenant=tenant,
                external_id=place,
                name=build_teams_source(activity).place_name,
                details=reference,
                now=self.clock(),
            )
        self._remember(tenant, place, reference)
        return is_new

    def _remember(self, tenant: str, name: str, details: ReferenceDetails) -> None:
        if len(self._kept) > MAX_CACHED_REFERENCES:
            self._kept.clear()
        self._kept[(tenant, name)] = details


def _sending_account(activity: ActivityPayload) -> Account:
    return Account(TEAMS_CHANNEL, get_activity_tenant(activity), get_teams_account(activity["from"]))


def _server(activity: ActivityPayload) -> ReferenceDetails:
    return {"service_url": activity["serviceUrl"], "bot": (activity.get("recipient") or {}).get("id") or ""}


def _sender(activity: ActivityPayload) -> ReferenceDetails:
    return _server(activity) | {"user": activity["from"]["id"]}
