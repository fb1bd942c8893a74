"""Slack events that say that a workspace removed the app, or revoked its token."""

from dataclasses import dataclass
from datetime import UTC, datetime

from channels.slack.inbound.payloads import parse_slack_id, reject_malformed
from channels.slack.types import SlackBody
from channels.slack.workspaces.workspaces import Workspaces


@dataclass(frozen=True, slots=True)
class UninstallHandler:
    """A handler of uninstall events.

    Slack may send them twice, in any order, or after a new installation: their time decides.
    """

    workspaces: Workspaces

    async def on_uninstalled(self, body: SlackBody) -> None:
        await self.workspaces.mark_uninstalled(*_said(body))

    async def on_revoked(self, body: SlackBody) -> None:
        if bots := _bots(body):
            await self.workspaces.mark_uninstalled(*_said(body), bots)


@reject_malformed
def _said(body: SlackBody) -> tuple[str, datetime]:
    """Return the workspace's id and the time of the event."""
    return parse_slack_id("tenant", body["team_id"]), datetime.fromtimestamp(int(body["event_time"]), UTC)


@reject_malformed
def _bots(body: SlackBody) -> list[str]:
    """Return the bot accounts whose tokens were revoked. Tokens of people are ignored."""
    return [parse_slack_id("account", bot) for bot in body["event"]["tokens"].get("bot") or ()]
