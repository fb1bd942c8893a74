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
        """Why we are in none, in a few words; None where all is well."""
        ...

    @property
    def missing_scopes(self) -> Sequence[str]:
        """Those of HISTORY_SCOPES that a workspace did not grant."""
        ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def client_of(self, team: str) -> AsyncWebClient:
        """Its calls raise SlackApiError, as Slack refuses them, where we are not in that workspace."""
        ...

    async def own_account(self, team: str) -> str:
        """The bot's account there; "" where that is not known."""
        ...

    async def serves(self, team: str) -> bool:
        """Whether what comes from there is answered."""
        ...

    async def knows(self, team: str) -> bool:
        """Whether the people of that workspace may be ours."""
        ...

    async def teams(self) -> Sequence[str]:
        """Those whose members can be listed."""
        ...

    async def mark_uninstalled(self, team: str, said_at: datetime, bots: Collection[str] | None = None) -> None:
        """Slack says that we were taken out; where `bots` are given, that their tokens were."""
        ...

    def meaning_of(self, no: Misconfigured) -> Exception:
        """What it means to the whole channel that one workspace refuses us."""
        ...
