"""Stored state of dialogs that wait for a person: small JSON under a token, for a limited time.

It is kept outside the process, so that any replica can go on.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from engine.db.connection import SessionFactory
from engine.turns.dialog_states import create_dialog_state, delete_dialog_state, load_dialog_state, save_dialog_state

CONVERSATION_TTL_S = 24 * 3600  # seconds
CONVERSATION_TOKEN_PATTERN = re.compile(r"[A-Za-z0-9_-]{22}")


class ConversationStore(Protocol):
    """The port. Implementations: a table (channels-free, below) and Redis (`channels/redis/`)."""

    async def open(self, state: dict[str, Any]) -> str:
        """Keep `state` for STAYS seconds; returns a token of 22 URL-safe characters."""
        ...

    async def read(self, token: str) -> dict[str, Any] | None:
        """Return the state, or None if the token is unknown or expired."""
        ...

    async def keep(self, token: str, state: dict[str, Any]) -> None:
        """Store `state` under the caller's token for CONVERSATION_TTL_S seconds, replacing what was there.

        The token must be impossible to guess. Raises ValueError if it does not look like a token.
        """
        ...

    async def close(self, token: str) -> None:
        """Forget it. Closing what is not there is no error."""
        ...


def create_conversation_token() -> str:
    """Create a random token of 128 bits, as 22 URL-safe characters."""
    return secrets.token_urlsafe(16)


def is_conversation_token(words: str) -> bool:
    """Return whether `words` could be a token.

    This checks input from outside before it is passed to a store.
    """
    return CONVERSATION_TOKEN_PATTERN.fullmatch(words) is not None


def check_conversation_token(token: str) -> None:
    """Raise ValueError where `token` could be none."""
    if not is_conversation_token(token):
        raise ValueError("a token has 22 URL-safe characters")


@dataclass(frozen=True, slots=True)
class TableConversationStore:
    """Dialog state in the database."""

    writing: SessionFactory
    reading: SessionFactory
    clock: Callable[[], datetime]
    random_token: Callable[[], str] = create_conversation_token

    async def open(self, state: dict[str, Any]) -> str:
        token, now = self.random_token(), self.clock()
        async with self.writing.begin() as session:
            await create_dialog_state(
                session, token, state, expires_at=now + timedelta(seconds=CONVERSATION_TTL_S), now=now
            )
        return token

    async def read(self, token: str) -> dict[str, Any] | None:
        if not is_conversation_token(token):
            return None
        async with self.reading.begin() as session:
            return await load_dialog_state(session, token, now=self.clock())

    async def keep(self, token: str, state: dict[str, Any]) -> None:
        check_conversation_token(token)
        now = self.clock()
        async with self.writing.begin() as session:
            await save_dialog_state(session, token, state, expires_at=now + timedelta(seconds=CONVERSATION_TTL_S))

    async def close(self, token: str) -> None:
        if is_conversation_token(token):
            async with self.writing.begin() as session:
                await delete_dialog_state(session, token)
