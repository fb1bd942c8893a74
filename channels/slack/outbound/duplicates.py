"""Recognition of posts whose call ended unclearly: a mark in the message's metadata shows if it arrived.

Slack has no idempotency key for posts.
"""

import logging
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.protocol.channel import RetryLater
from channels.slack import api
from channels.slack.api import translate_question_error
from channels.slack.types import SlackPayloadJson

CARD_EVENT_TYPE = "laurel_card"
MAX_MESSAGES_SEARCHED = 100  # messages, the newest

log = logging.getLogger(__name__)


def build_delivery_metadata(delivery: str) -> SlackPayloadJson:
    """Build the metadata of a message, which identifies its card. It is invisible to people."""
    return {"event_type": CARD_EVENT_TYPE, "event_payload": {"delivery": delivery}}


async def find_delivered_message(client: AsyncWebClient, channel: str, delivery: str) -> dict[str, Any] | None:
    """Find the bot's newest message with the delivery's mark. Return {"channel", "ts"}, or None if it is missing.

    Return None also if Slack refuses the look-up: the scopes `channels:history` and `groups:history` may be missing.
    Raises RetryLater, and ConnectionError if Slack fails to answer: the look-up itself posts no message.
    """
    try:
        said = await client.conversations_history(
            channel=channel, limit=MAX_MESSAGES_SEARCHED, include_all_metadata=True
        )
    except (TimeoutError, SlackApiError, *api.SLACK_CONNECTION_ERRORS) as error:
        meaning = translate_question_error(error)
        if isinstance(meaning, RetryLater | ConnectionError):
            raise meaning from None
        code = str(meaning)
        log.warning("Slack does not let us look for a post", extra={"action": "not_looked_up", "error": code})
        return None
    found = (
        message["ts"] for message in said["messages"] if message.get("metadata") == build_delivery_metadata(delivery)
    )
    ts = next(found, None)
    return ts and {"channel": channel, "ts": ts}
