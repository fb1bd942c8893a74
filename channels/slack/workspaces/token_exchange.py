"""Requests for OAuth tokens, for a new installation or a renewal, and parsing of Slack's answers."""

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
    """Call `oauth.v2.access` for a code or a refresh token and return Slack's answer. Raises what a call raises.

    The SDK's own function for this relies on a deprecated feature of aiohttp.
    """
    who = {"Authorization": encode_basic_auth(oauth.client_id, oauth.client_secret)}
    answer = await plain.api_call("oauth.v2.access", data=dict(given), headers=who)
    return answer.data if isinstance(answer.data, dict) else {}


def parse_installation(answer: Mapping[str, Any], now: datetime) -> Installation:
    """Parse the answer of `oauth.v2.access` to a code into an Installation. Raises InvalidGrant."""
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
    """Parse the bot token of an answer. Raises InvalidGrant."""
    try:
        if (answer["token_type"], bool(answer["access_token"])) != ("bot", True):
            raise InvalidGrant("no bot token")
        value, refresh = clean_slack_text(answer["access_token"]), answer.get("refresh_token")
        if not refresh:
            return BotToken(value)
        return BotToken(value, clean_slack_text(refresh), now + timedelta(seconds=int(answer["expires_in"])))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InvalidGrant(type(error).__name__) from None
