"""What Slack grants when somebody has installed us, or a token is to be renewed: asked for, and read as values."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aiohttp import encode_basic_auth
from slack_sdk.web.async_client import AsyncWebClient

from channels.slack.config import OAuth
from channels.slack.inbound import payloads as inbound_payloads
from channels.slack.workspaces.installations import Installation, Token


class NoGrant(Exception):
    """Slack's answer holds no bot token of one workspace."""


async def ask(plain: AsyncWebClient, oauth: OAuth, given: Mapping[str, str]) -> Mapping[str, Any]:
    """What `oauth.v2.access` answers to a code, or to a token that renews. Raises what a call raises.

    The SDK's own function for it stands on something that aiohttp gives up.
    """
    who = {"Authorization": encode_basic_auth(oauth.client_id, oauth.client_secret)}
    answer = await plain.api_call("oauth.v2.access", data=dict(given), headers=who)
    return answer.data if isinstance(answer.data, dict) else {}


def installation(answer: Mapping[str, Any], now: datetime) -> Installation:
    """What `oauth.v2.access` answered to a code. Raises NoGrant."""
    try:
        team, enterprise = answer["team"], answer.get("enterprise") or {}
        return Installation(
            team=inbound_payloads.ident("tenant", team["id"]),
            name=inbound_payloads.text(team.get("name") or team["id"])[:255],
            enterprise=inbound_payloads.ident("tenant", enterprise.get("id") or ""),
            bot_user=inbound_payloads.ident("tenant", answer["bot_user_id"]),
            scopes=inbound_payloads.text(answer.get("scope") or ""),
            installer=inbound_payloads.ident("tenant", (answer.get("authed_user") or {}).get("id") or ""),
            token=token(answer, now),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise NoGrant(type(error).__name__) from None


def token(answer: Mapping[str, Any], now: datetime) -> Token:
    """The bot token of an answer. Raises NoGrant."""
    try:
        if (answer["token_type"], bool(answer["access_token"])) != ("bot", True):
            raise NoGrant("no bot token")
        value, refresh = inbound_payloads.text(answer["access_token"]), answer.get("refresh_token")
        if not refresh:
            return Token(value)
        return Token(value, inbound_payloads.text(refresh), now + timedelta(seconds=int(answer["expires_in"])))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise NoGrant(type(error).__name__) from None
