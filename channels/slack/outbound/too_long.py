"""A message that Slack finds too long is said once more: its one sentence, and its buttons."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from slack_sdk.errors import SlackApiError

from channels.slack import api, limits
from channels.slack.api import SlackMessageTooLong, get_slack_error_code
from channels.slack.inbound.text import unescape_slack_text
from channels.slack.render.mrkdwn import clip_escaped_mrkdwn, clip_slack_text, render_spans_block
from channels.slack.types import SlackPayloadJson

log = logging.getLogger(__name__)

T = TypeVar("T")


async def send_or_shorten(send: Callable[[SlackPayloadJson], Awaitable[T]], message: SlackPayloadJson) -> T:
    """Send the message, or its short form if Slack finds it too long. Return and raise what `send` does."""
    try:
        return await send(message)
    except SlackApiError as error:
        if get_slack_error_code(error) not in api.TOO_LONG_CODES:
            raise
    except SlackMessageTooLong:
        pass
    log.info("Slack did not take all of it", extra={"action": "sent_less"})
    return await send(shorten_slack_message(message))


def shorten_slack_message(message: SlackPayloadJson) -> SlackPayloadJson:
    """Return a short form of the message: one text and its buttons. `text` is escaped as in `render_slack_card`."""
    words = clip_slack_text(unescape_slack_text(message["text"]), limits.SHORT_TEXT)
    buttons = [one for one in message.get("blocks") or () if one["type"] == "actions"]
    said = render_spans_block((words,))
    return message | {
        "text": clip_escaped_mrkdwn(words, limits.SHORT_TEXT),
        "blocks": [*([said] if said else []), *buttons],
    }
