"""What becomes of chats: the bot joins and leaves, a group gets a new id, a person blocks the bot."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from channels.telegram.inbound.updates import TELEGRAM_CHANNEL
from engine.db.connection import SessionFactory
from engine.delivery.blocked import reroute_blocked_account
from engine.outbox.places import change_place_id, get_or_create_place, mark_place_closed, reopen_place
from engine.outbox.subscriptions import subscribe_by_default
from engine.people.account import Account

GROUP_ID_PATTERN = re.compile(r"-[1-9]\d{0,18}")  # what the id of a group looks like

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChatHandler:
    """Each change is a transaction of its own; made twice it is made once."""

    writing: SessionFactory
    tenant: str
    clock: Callable[[], datetime]

    async def join(self, chat: str, name: str) -> None:
        """Store the group, or reopen it after the bot had left. A private chat ("") is ignored."""
        if not chat:
            return
        async with self.writing.begin() as session:
            there = {"channel": TELEGRAM_CHANNEL, "tenant": self.tenant, "external_id": chat}
            await reopen_place(session, await get_or_create_place(session, name=name, now=self.clock(), **there))

    async def follow(self, chat: str) -> None:
        """Subscribe the deployment's group to the celebrations, unless an administrator changed that there."""
        if not GROUP_ID_PATTERN.fullmatch(chat):
            log.warning("TELEGRAM_CHAT_ID is no group: send /announce here in one", extra={"action": "no_group"})
            return
        async with self.writing.begin() as session:
            there = {"channel": TELEGRAM_CHANNEL, "tenant": self.tenant, "external_id": chat}
            place_id = await get_or_create_place(session, name="", now=self.clock(), **there)
            await subscribe_by_default(session, place_id, now=self.clock())

    async def leave(self, chat: str) -> None:
        """Close the place of a group that the bot was removed from."""
        log.info("removed from a group", extra={"action": "chat_left", "chat": chat})
        async with self.writing.begin() as session:
            there = {"channel": TELEGRAM_CHANNEL, "tenant": self.tenant, "external_id": chat}
            await mark_place_closed(session, now=self.clock(), **there)

    async def block(self, account: str) -> None:
        """Reroute messages for a person who blocked the bot here."""
        async with self.writing.begin() as session:
            blocked = Account(TELEGRAM_CHANNEL, self.tenant, account)
            await reroute_blocked_account(session, blocked, now=self.clock())

    async def move(self, old: str, new: str) -> None:
        """Change the place's id after a group became a supergroup."""
        log.info("a group has a new id", extra={"action": "chat_moved", "old": old, "new": new})
        async with self.writing.begin() as session:
            await change_place_id(
                session, channel=TELEGRAM_CHANNEL, tenant=self.tenant, old=old, new=new, now=self.clock()
            )
