"""The message extension: it may be used where the bot is no member, and then it offers to be let in."""

import asyncio
import logging
from dataclasses import dataclass, replace

from bot.protocol.channel import Gone
from bot.protocol.forms import TextField
from bot.protocol.turns import About, Ask, Command, Turn
from channels.teams.connector.client import FAULTS, Connector
from channels.teams.inbound import activities
from channels.teams.inbound.activities import Payload
from channels.teams.outbound.conversation_references import References

SECONDS = 1.5  # until we go on as if we were a member

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Extension:
    connector: Connector
    references: References

    async def is_outside(self, activity: Payload) -> bool:
        """Whether we are no member of that chat, and could show nothing there. Where nobody can tell now, we are one.

        A place that we turn out to be in is kept.
        """
        if activities.is_personal(activity) or await self.references.is_ours(activity):
            return False
        try:
            async with asyncio.timeout(SECONDS):
                await self.connector.members(activity["serviceUrl"], activities.place_of(activity), 1, "")
        except Gone:
            return True
        except FAULTS as error:
            log.warning("nobody says who is there", extra={"action": "lookup_failed", "error": type(error).__name__})
            return False
        await self.references.keep_place(activity)
        return False


def is_of_it(activity: Payload) -> bool:
    return str(activity.get("name") or "").startswith("composeExtension/")


def is_let_in(activity: Payload) -> bool:
    """Whether we were just let in, as we had offered: what was asked for is to go on."""
    value = activity.get("value")
    data = value.get("data") if isinstance(value, dict) else None
    marks = data.get("msteams") if isinstance(data, dict) else None
    return isinstance(marks, dict) and bool(marks.get("justInTimeInstall"))


def elsewhere(turn: Command) -> Command:
    """The turn as one of a place where nothing is celebrated."""
    return replace(turn, source=replace(turn.source, private=True))


def for_a_form(turn: Turn, activity: Payload) -> Turn:
    """It only asks for a form: whoever is to be thanked may turn out later who they are, once it is sent.

    Where the author of a message is known, or is nobody, what stands against thanking them is said before the form.
    """
    only_sender = turn.source.unmet & {turn.source.account}
    is_clear = activities.is_on_message(activity) and turn.source.unmet == only_sender
    return replace(turn, source=replace(turn.source, unmet=only_sender, about=About() if is_clear else None))


def with_quote(ask: Ask, activity: Payload) -> Ask:
    """The form with the words of the message that it was asked for on, where it has a field for words."""
    field = next((field for field in ask.form.fields if isinstance(field, TextField) and field.id == "words"), None)
    quote = activities.quoted(activity)
    if field is None or not quote:
        return ask
    return replace(ask, known={"words": (quote[: field.maximum],), **ask.known})
