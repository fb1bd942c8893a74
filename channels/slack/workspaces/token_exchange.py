"""What Slack grants when somebody has installed us, or a token is to be renewed: asked for, and read as values."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aiohttp import encode_basic_auth
from slack_sdk.web.async_client import AsyncWebClient

from channels.slack.config import SlackOAuthConfig
from channels.slack.inbound.payloads import clean_slack_text, parse_slack_id
from channels.slack.workspaces.installations import BotToken, Installation


class InvalidGrant(Exception):
    """Slack's answer holds no bot token of one workspace."""


async def request_oauth_token(
    plain: AsyncWebClient, oauth: SlackOAuthConfig, given: Mapping[str, str]
) -> Mapping[str, Any]:
    """What `oauth.v2.access` answers to a code, or to a token that renews. Raises what a call raises.

    The SDK's own function for it stands on something that aiohttp gives up.
    """
    who = {"Authorization": encode_basic_auth(oauth.client_id, oauth.client_secret)}
    answer = await plain.api_call("oauth.v2.access", data=dict(given), headers=who)
    return answer.data if isinstance(answer.data, dict) else {}


def parse_installation(answer: Mapping[str, Any], now: datetime) -> Installation:
    """What `oauth.v2.access` answered to a code. Raises NoGrant."""
    try:
        team, enterprise = answer["team"], answer.get("enterprise") or {}
        return Installation(
            team=parse_slack_id("tenant", team["id"]),
            name=clean_slack_text(team.get("name") or team["id"])[:255],
            enterprise=parse_slack_id("tenant", enterprise.get("id") or ""),
            bot_user=parse_slack_id("tenant", answer["bot_user_id"]),
            scopes=clean_slack_text(answer.get("scope") or ""),
            installer=parse_slack_id("tenant", (answer.get("authed_user") or {}).get("id") or ""),
            token=parse_bot_token(answer, now),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidGrant(type(error).__name__) from None


def parse_bot_token(answer: Mapping[str, Any], now: datetime) -> BotToken:
    """The bot token of an answer. Raises NoGrant."""
    try:
        if (answer["token_type"], bool(answer["access_token"])) != ("bot", True):
            raise InvalidGrant("no bot token")
        value, refresh = clean_slack_text(answer["access_token"]), answer.get("refresh_token")
        if not refresh:
            return BotToken(value)
        return BotToken(value, clean_slack_text(refresh), now + timedelta(seconds=int(answer["expires_in"])))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InvalidGrant(type(error).__name__) from None
