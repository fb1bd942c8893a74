"""Where a dialog waits for its person: small JSON under a token, for a limited time, never in a process."""

from typing import Any, Protocol

STAYS = 24 * 3600  # seconds


class Conversations(Protocol):
    """The port. Implementations: a table (channels-free, below) and Redis (`channels/redis/`)."""

    async def open(self, state: dict[str, Any]) -> str:
        """Keep `state` for STAYS seconds; returns a token of 22 URL-safe characters."""
        ...

    async def read(self, token: str) -> dict[str, Any] | None:
        """The state, or None where the token is unknown or its time has run out."""
        ...

    async def close(self, token: str) -> None:
        """Forget it. Closing what is not there is no error."""
        ...
