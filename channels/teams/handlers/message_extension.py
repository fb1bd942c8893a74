"""The message extension. It also works in chats without the bot, and offers there to add it."""

import asyncio
import logging
from dataclasses import dataclass, replace

from bot.protocol.channel import DestinationGone
from bot.protocol.forms import TextField
from bot.protocol.turns import About, Ask, Command, Turn
from channels.teams.connector.client import CONNECTOR_ERRORS, Connector
from channels.teams.inbound.activities import (
    ActivityPayload,
    get_activity_place,
    get_quoted_text,
    is_extension_on_message,
    is_personal_chat,
)
from channels.teams.outbound.conversation_references import ConversationReferences

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MessageExtension:
    connector: Connector
    references: ConversationReferences
    membership_s: float

    async def is_outside(self, activity: ActivityPayload) -> bool:
        """Return whether the bot is missing in that chat, and so could show nothing there.

        Return False if Teams cannot tell now. A place that the bot turns out to be in is stored.
        """
        if is_personal_chat(activity) or await self.references.is_ours(activity):
            return False
        try:
            async with asyncio.timeout(self.membership_s):
                await self.connector.members(activity["serviceUrl"], get_activity_place(activity), 1, "")
        except DestinationGone:
            return True
        except CONNECTOR_ERRORS as error:
            log.warning("nobody says who is there", extra={"action": "lookup_failed", "error": type(error).__name__})
            return False
        await self.references.keep_place(activity)
        return False


def is_extension_activity(activity: ActivityPayload) -> bool:
    return str(activity.get("name") or "").startswith("composeExtension/")


def is_just_installed(activity: ActivityPayload) -> bool:
    """Return whether the bot was just added through the offer of this form, so that the request continues."""
    value = activity.get("value")
    data = value.get("data") if isinstance(value, dict) else None
    marks = data.get("msteams") if isinstance(data, dict) else None
    return isinstance(marks, dict) and bool(marks.get("justInTimeInstall"))


def make_turn_private(turn: Command) -> Command:
    """Return the turn as one of a private conversation, where no celebration is posted."""
    return replace(turn, source=replace(turn.source, private=True))


def mark_form_request(turn: Turn, activity: ActivityPayload) -> Turn:
    """Prepare the turn that opens a form: people other than the sender may stay unknown until it is sent.

    If the form was opened on a message and its author is known, mark the turn with `about`, so that a reason against
    the gift is shown before the form.
    """
    only_sender = turn.source.unmet & {turn.source.account}
    is_clear = is_extension_on_message(activity) and turn.source.unmet == only_sender
    return replace(turn, source=replace(turn.source, unmet=only_sender, about=About() if is_clear else None))


def fill_quoted_message(ask: Ask, activity: ActivityPayload) -> Ask:
    """Return the form with the quoted message in its field `words`, if it has that field."""
    field = next((field for field in ask.form.fields if isinstance(field, TextField) and field.id == "words"), None)
    quote = get_quoted_text(activity)
    if field is None or not quote:
        return ask
    return replace(ask, known={"words": (quote[: field.maximum],), **ask.known})
