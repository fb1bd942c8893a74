"""Conversations to post to later, from any process: each place's and person's reference, stored when they write."""

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
    """The stored references, with a cache that saves queries and decides nothing.

    In a reference `bot` is the bot's own id among the members.
    """

    connector: Connector
    writing: SessionFactory
    reading: SessionFactory
    clock: Callable[[], datetime]
    _kept: dict[tuple[str, str], ReferenceDetails] = field(default_factory=dict)  # by tenant and id

    async def keep(self, activity: ActivityPayload) -> bool:
        """Store how the sender and the place are reached. Return whether the bot is new there.

        An account that is linked to no person is left out.
        """
        known = await self.keep_sender(activity)
        return not known if is_personal_chat(activity) else await self.keep_place(activity)

    async def keep_sender(self, activity: ActivityPayload) -> bool:
        """Store how the sender is reached. Return whether their chat with the bot was known already."""
        sender = _sender(activity)
        if is_personal_chat(activity):
            sender["conversation"] = activity["conversation"]["id"]
        return await self.keep_account(_sending_account(activity), activity["from"]["id"], sender)

    async def is_ours(self, activity: ActivityPayload) -> bool:
        """Return whether the bot is known to be in that place."""
        tenant, place = get_activity_tenant(activity), get_activity_place(activity)
        if (tenant, place) in self._kept:
            return True
        async with self.reading.begin() as session:
            return bool(await get_place_reference(session, channel=TEAMS_CHANNEL, tenant=tenant, external_id=place))

    async def keep_account(self, account: Account, alias: str, details: ReferenceDetails) -> bool:
        """Add `details` to the stored reference of the account. Return False if they hold a new chat, else True.

        What is stored and missing in `details` stays.
        """
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
        """Drop the place from the cache: another process may have closed it."""
        self._kept.pop((get_activity_tenant(activity), get_activity_place(activity)), None)

    async def close(self, tenant: str, place: str) -> None:
        """Close the place: the bot was removed from it."""
        self._kept.pop((tenant, place), None)
        async with self.writing.begin() as session:
            await close_place_reference(
                session, channel=TEAMS_CHANNEL, tenant=tenant, external_id=place, now=self.clock()
            )

    async def leave_chat(self, activity: ActivityPayload) -> None:
        """Drop the person's chat after they removed the bot. Deliveries that wait for it go to their next account."""
        account = _sending_account(activity)
        self._kept.pop((account.tenant, account.external_id), None)
        async with self.writing.begin() as session:
            held = await get_account_reference(session, account)
            left = {name: value for name, value in held.items() if name != "conversation"}
            await save_account_reference(session, account, alias=None, details=left)
            await reroute_blocked_account(session, account, now=self.clock())

    async def alone_with(self, account: Account, known: Mapping[str, Any] | None = None) -> tuple[str, str]:
        """Return the service URL and the id of the person's chat with the bot. Open the chat if it is new.

        `known` is the stored reference of the account. Raises TeamsTargetMissing if no server is known for it, and what
        the connector raises.
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
        """Return the same for the sender of the activity, who may be linked to no person."""
        return await self.alone_with(_sending_account(activity), _sender(activity))

    async def _found(self, account: Account) -> ReferenceDetails:
        """Return the stored reference of the account, with the organisation's newest place as its default server."""
        async with self.reading.begin() as session:
            places = await list_newest_places(session, channel=account.channel, tenant=account.tenant, limit=1)
            stored = await get_account_reference(session, account)
        return dict(next(iter(places.values()), {})) | stored

    async def keep_place(self, activity: ActivityPayload) -> bool:
        """Store that the bot is in that place. Return whether it is new there."""
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
