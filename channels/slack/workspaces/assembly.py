"""The workspaces that a deployment serves: the one of its token, or all that installed the app."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.dispatch.dispatcher import Bot
from channels.slack.config import SlackConfig
from channels.slack.workspaces.encryption import SecretBox
from channels.slack.workspaces.install_flow import InstallFlow
from channels.slack.workspaces.multiple import InstalledWorkspaces
from channels.slack.workspaces.single import SingleWorkspace
from channels.slack.workspaces.token_rotation import TokenRotator
from channels.slack.workspaces.workspaces import Workspaces


def build_workspaces(
    plain: AsyncWebClient, bot: Bot, account: SlackConfig, public_url: str, scopes: tuple[str, ...]
) -> tuple[Workspaces, InstallFlow | None]:
    """Build the workspaces of the account, and the install flow if it uses OAuth.

    Return the one workspace of the token and None, or all installed workspaces and their install flow.
    """
    if account.oauth is None:
        return SingleWorkspace(plain), None
    vault, stored = SecretBox(account.oauth.keys), (bot.writing, bot.reading, bot.clock)
    renewals = TokenRotator(plain, account.oauth, vault, *stored)
    installed = InstalledWorkspaces(plain, account.oauth.teams, vault, renewals, *stored)
    return installed, InstallFlow(installed, account.oauth, public_url, scopes)
