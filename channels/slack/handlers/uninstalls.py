"""Slack tells that a workspace took us out, or that our token there is of no use any more."""

from dataclasses import dataclass
from datetime import UTC, datetime

from channels.slack.inbound import payloads as inbound_payloads
from channels.slack.types import Body
from channels.slack.workspaces.workspaces import Workspaces


@dataclass(frozen=True, slots=True)
class Departing:
    """Slack may tell it twice, in any order, and again after we were let in anew: when it was said decides."""

    workspaces: Workspaces

    async def on_uninstalled(self, body: Body) -> None:
        await self.workspaces.put_out(*_said(body))

    async def on_revoked(self, body: Body) -> None:
        if bots := _bots(body):
            await self.workspaces.put_out(*_said(body), bots)


@inbound_payloads.checked
def _said(body: Body) -> tuple[str, datetime]:
    """Which workspace, and when."""
    return inbound_payloads.ident("tenant", body["team_id"]), datetime.fromtimestamp(int(body["event_time"]), UTC)


@inbound_payloads.checked
def _bots(body: Body) -> list[str]:
    """The bot accounts whose tokens were revoked; those of people are none of ours."""
    return [inbound_payloads.ident("account", bot) for bot in body["event"]["tokens"].get("bot") or ()]
