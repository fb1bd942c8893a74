"""A post whose call ended unclearly: our own mark on the messages of the channel tells whether it is out.

Slack knows no key that would keep a post from being made twice.
"""

import logging
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.protocol.channel import RetryLater
from channels.slack import api
from channels.slack.types import Json

CARD = "laurel_card"

LOOKED_AT = 100  # messages, the newest

log = logging.getLogger(__name__)


def mark(delivery: str) -> Json:
    """The metadata of a message: which card it is. Nobody sees it."""
    return {"event_type": CARD, "event_payload": {"delivery": delivery}}


async def find(client: AsyncWebClient, channel: str, delivery: str) -> dict[str, Any] | None:
    """The newest message of ours that carries the mark, as {"channel", "ts"}.

    None where there is none, or where Slack does not let us look (the scopes `channels:history` and `groups:history`
    may be given or not). Raises RetryLater.
    """
    try:
        said = await client.conversations_history(channel=channel, limit=LOOKED_AT, include_all_metadata=True)
    except SlackApiError as error:
        if isinstance(patience := api.meaning_of(error), RetryLater):
            raise patience from None
        log.info("Slack does not let us look", extra={"action": "not_looked_up", "error": api.code_of(error)})
        return None
    found = (message["ts"] for message in said["messages"] if message.get("metadata") == mark(delivery))
    ts = next(found, None)
    return ts and {"channel": channel, "ts": ts}
