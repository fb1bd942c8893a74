"""Usernames, before the turn's transaction: stored when a person is seen, and looked up when one is typed."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.protocol.elements import Mention
from bot.protocol.turns import Command, Turn, Words
from channels.telegram.inbound.updates import TELEGRAM_CHANNEL, TurnUpdate
from engine.accounts.usernames import find_accounts_by_username, get_username, is_account_linked, set_username
from engine.db.connection import SessionFactory

MAX_CACHED_TELEGRAM_ACCOUNTS = 20_000  # accounts that this process remembers

log = logging.getLogger(__name__)


@dataclass(slots=True)
class TelegramProfiles:
    """Storage and look-up of usernames. The cache only saves queries and decides no outcome."""

    writing: SessionFactory
    reading: SessionFactory
    _noted: dict[str, str | None] = field(default_factory=dict)

    async def introduce(self, said: TurnUpdate) -> Turn:
        """Return the turn with each "@username" replaced by its account, or as it was typed. Never fails the turn."""
        await self.note(said)
        try:
            return await self.resolved(said.turn)
        except Exception:  # the edge: the dispatcher says what it then does not know
            log.exception("people were not introduced", extra={"action": "introduction_failed"})
            return _with_accounts(said.turn, {})

    async def resolved(self, turn: Turn) -> Turn:
        """Return the turn with each known "@username" replaced by its account."""
        typed = {name.lower() for name in _usernames(turn)}
        if not typed:
            return turn
        async with self.reading.begin() as session:
            known = await find_accounts_by_username(
                session, channel=TELEGRAM_CHANNEL, tenant=turn.source.tenant, aliases=typed
            )
        return _with_accounts(turn, known)

    async def note(self, said: TurnUpdate) -> None:
        """Store the sender's username if their account is linked to a person. Never fails the turn."""
        try:
            await self._note(said)
        except Exception:  # the edge: the next turn notes it
            log.exception("a username was not noted", extra={"action": "username_failed"})

    async def _note(self, said: TurnUpdate) -> None:
        source, alias = said.turn.source, f"@{said.username.lower()}" if said.username else None
        if source.account in self._noted and self._noted[source.account] == alias:
            return
        async with self.reading.begin() as session:
            before = await get_username(session, source.sender)
            if before != alias and not await is_account_linked(session, source.sender):
                return  # the turn that follows may link it to a person
        if before != alias:
            async with self.writing.begin() as session:
                await set_username(session, source.sender, alias)
        if len(self._noted) > MAX_CACHED_TELEGRAM_ACCOUNTS:
            self._noted.clear()
        self._noted[source.account] = alias


def _usernames(turn: Turn) -> Iterator[str]:
    for part in turn.words if isinstance(turn, Command) else ():
        if isinstance(part, Mention) and part.account and part.account.startswith("@"):
            yield part.account


def _with_accounts(turn: Turn, known: Mapping[str, str]) -> Turn:
    if not isinstance(turn, Command) or not any(_usernames(turn)):
        return turn
    words: Words = tuple(_part(part, known) for part in turn.words)
    return replace(turn, words=words)


def _part(part: str | Mention, known: Mapping[str, str]) -> str | Mention:
    if isinstance(part, str) or not (part.account or "").startswith("@"):
        return part
    account = known.get((part.account or "").lower())
    return replace(part, account=account) if account else part.account or part.name
