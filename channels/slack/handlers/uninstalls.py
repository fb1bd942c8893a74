"""Slack tells that a workspace took us out, or that our token there is of no use any more."""

from dataclasses import dataclass
from datetime import UTC, datetime

from channels.slack.inbound.payloads import parse_slack_id, reject_malformed
from channels.slack.types import SlackBody
from channels.slack.workspaces.workspaces import Workspaces


@dataclass(frozen=True, slots=True)
class UninstallHandler:
    """Slack may tell it twice, in any order, and again after we were let in anew: when it was said decides."""

    workspaces: Workspaces

    async def on_uninstalled(self, body: SlackBody) -> None:
        await self.workspaces.mark_uninstalled(*_said(body))

    async def on_revoked(self, body: SlackBody) -> None:
        if bots := _bots(body):
            await self.workspaces.mark_uninstalled(*_said(body), bots)


@reject_malformed
def _said(body: SlackBody) -> tuple[str, datetime]:
    """Which workspace, and when."""
    return parse_slack_id("tenant", body["team_id"]), datetime.fromtimestamp(int(body["event_time"]), UTC)


@reject_malformed
def _bots(body: SlackBody) -> list[str]:
    """The bot accounts whose tokens were revoked; those of people are none of ours."""
    return [parse_slack_id("account", bot) for bot in body["event"]["tokens"].get("bot") or ()]
