"""Where a dialog waits for its person: small JSON under a token, for a limited time, never in a process."""

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
        """The state, or None where the token is unknown or its time has run out."""
        ...

    async def keep(self, token: str, state: dict[str, Any]) -> None:
        """Keep `state` under a token of the caller's making, in the place of what was there, for STAYS seconds.

        Nobody must be able to guess the token. ValueError where it does not look like one.
        """
        ...

    async def close(self, token: str) -> None:
        """Forget it. Closing what is not there is no error."""
        ...


def create_conversation_token() -> str:
    """128 bits that nobody guesses, as 22 URL-safe characters."""
    return secrets.token_urlsafe(16)


def is_conversation_token(words: str) -> bool:
    """Whether `words` could be a token at all: what comes from outside is not asked of a store unseen."""
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
