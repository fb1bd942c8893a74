"""The workspaces that we are in, and a client for each: one by its own token, or several that installed us."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from slack_sdk.web.async_client import AsyncWebClient

from bot.protocol.channel import Misconfigured


class Workspaces(Protocol):
    """`team` is Slack's id of a workspace: the tenant of everything that comes from there.

    `plain` is for calls that belong to no workspace; its session is the session of all.
    """

    plain: AsyncWebClient

    @property
    def trouble(self) -> str | None:
        """Return in a short text why no workspace is connected, or None if all is well."""
        ...

    @property
    def missing_scopes(self) -> Sequence[str]:
        """List the scopes of HISTORY_SCOPES that a workspace has not granted."""
        ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def client_of(self, team: str) -> AsyncWebClient:
        """Return the client of the workspace.

        Its calls raise SlackApiError, like a refusal by Slack, if the app is not installed there.
        """
        ...

    async def own_account(self, team: str) -> str:
        """Return the bot's account in the workspace, or "" if it is unknown."""
        ...

    async def serves(self, team: str) -> bool:
        """Return whether requests from the workspace are answered."""
        ...

    async def knows(self, team: str) -> bool:
        """Return whether people of the workspace may be members of the organisation."""
        ...

    async def teams(self) -> Sequence[str]:
        """List the workspaces whose members can be listed."""
        ...

    async def mark_uninstalled(self, team: str, said_at: datetime, bots: Collection[str] | None = None) -> None:
        """Record that the workspace removed the app, or revoked the tokens of `bots` if they are given."""
        ...

    def meaning_of(self, no: Misconfigured) -> Exception:
        """Return the error that a refusal by one workspace means for the whole channel."""
        ...
