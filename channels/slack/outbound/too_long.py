"""A message that Slack finds too long is said once more: its one sentence, and its buttons."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from slack_sdk.errors import SlackApiError

from channels.slack import api, limits
from channels.slack.api import TooLong
from channels.slack.inbound.text import unescaped
from channels.slack.render.mrkdwn import block, clip, clip_escaped
from channels.slack.types import Json

log = logging.getLogger(__name__)

T = TypeVar("T")


async def sent(send: Callable[[Json], Awaitable[T]], message: Json) -> T:
    """What `send` gives for the message, or for the short form of it. Raises what `send` raises."""
    try:
        return await send(message)
    except SlackApiError as error:
        if api.code_of(error) not in api.TOO_LONG:
            raise
    except TooLong:
        pass
    log.info("Slack did not take all of it", extra={"action": "sent_less"})
    return await send(short(message))


def short(message: Json) -> Json:
    """The same message in few words. `text` is escaped as `render.message` does it."""
    words = clip(unescaped(message["text"]), limits.SHORT)
    buttons = [one for one in message.get("blocks") or () if one["type"] == "actions"]
    said = block((words,))
    return message | {"text": clip_escaped(words, limits.SHORT), "blocks": [*([said] if said else []), *buttons]}
