"""Where a dialog waits for its person: small JSON under a token, for a limited time, never in a process."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from engine.db.connection import Sessions
from engine.turns import dialog_states as turns_dialog_states

STAYS = 24 * 3600  # seconds

TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


class Conversations(Protocol):
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


def new_token() -> str:
    """128 bits that nobody guesses, as 22 URL-safe characters."""
    return secrets.token_urlsafe(16)


def is_token(words: str) -> bool:
    """Whether `words` could be a token at all: what comes from outside is not asked of a store unseen."""
    return TOKEN.fullmatch(words) is not None


def refuse_odd(token: str) -> None:
    """Raise ValueError where `token` could be none."""
    if not is_token(token):
        raise ValueError("a token has 22 URL-safe characters")


@dataclass(frozen=True, slots=True)
class TableConversations:
    """Dialog state in the database."""

    writing: Sessions
    reading: Sessions
    clock: Callable[[], datetime]
    random_token: Callable[[], str] = new_token

    async def open(self, state: dict[str, Any]) -> str:
        token, now = self.random_token(), self.clock()
        async with self.writing.begin() as session:
            await turns_dialog_states.keep(session, token, state, expires_at=now + timedelta(seconds=STAYS), now=now)
        return token

    async def read(self, token: str) -> dict[str, Any] | None:
        if not is_token(token):
            return None
        async with self.reading.begin() as session:
            return await turns_dialog_states.read(session, token, now=self.clock())

    async def keep(self, token: str, state: dict[str, Any]) -> None:
        refuse_odd(token)
        now = self.clock()
        async with self.writing.begin() as session:
            await turns_dialog_states.replace(session, token, state, expires_at=now + timedelta(seconds=STAYS))

    async def close(self, token: str) -> None:
        if is_token(token):
            async with self.writing.begin() as session:
                await turns_dialog_states.forget(session, token)
