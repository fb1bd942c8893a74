"""Turns with people whom the channel could not name: a gift in one line waits until it can, all else goes back."""

from dataclasses import replace

from bot.cards import notices
from bot.dialogs import user_input
from bot.dialogs.dialog import Talk
from bot.i18n.copy import Copy
from bot.protocol import serialization, turn_keys
from bot.protocol.elements import Mention
from bot.protocol.forms import Form, PersonField
from bot.protocol.turns import LATER, Ask, Command, Say, Submission, Turn
from engine.turns import pending_turns


def may_wait(turn: Turn) -> bool:
    """Whether it can be answered without its person: what is about a message opens a form, or comes again by itself."""
    return isinstance(turn, Command) and turn.source.about is None


async def wait(talk: Talk, turn: Turn) -> Say:
    """Keep the gift, to be taken up again soon; the answer says whom we are looking up."""
    payload = serialization.dump(turn)
    await pending_turns.keep(talk.session, payload=payload, now=talk.now, **turn_keys.name(turn.source))
    parts = turn.words if isinstance(turn, Command) else ()
    who = {part.account: part for part in parts if isinstance(part, Mention) and part.account in turn.source.unmet}
    return Say(notices.looking_up(talk.copy, tuple(who.values())))


def sent_back(talk: Talk, form: Form, turn: Submission) -> Ask:
    """The form with what stands in it; it may be sent again in a moment."""
    people = next((field.id for field in form.fields if isinstance(field, PersonField)), form.fields[0].id)
    return Ask(form, turn.answers, {people: talk.copy.line("notices.unmet")}, talk.state, turn.token)


def taken_up(turn: Turn) -> Turn:
    """The turn once more, under a name of its own: so this one is answered once for good as well."""
    return replace(turn, source=replace(turn.source, message_id=turn.source.message_id + LATER, unmet=frozenset()))


def handed_back(copy: Copy, turn: Turn) -> Say:
    """Nothing waits: the words go back at once."""
    return Say(notices.unmet(copy, user_input.as_sent(turn)), failed=True)
