"""Turns with people whom the channel could not name: a gift in one line waits until it can, all else goes back."""

from dataclasses import replace

from bot.cards.notices import build_looking_up_card, build_unresolved_people_card
from bot.dialogs.dialog import DialogContext
from bot.dialogs.user_input import get_sent_text
from bot.i18n.copy import Copy
from bot.protocol.elements import Mention
from bot.protocol.forms import Form, PersonField
from bot.protocol.serialization import dump_value
from bot.protocol.turn_keys import turn_key
from bot.protocol.turns import RESUMED_SUFFIX, Ask, Command, Say, Submission, Turn
from engine.turns.pending_turns import PENDING_TURN_DELAYS, save_pending_turn


def is_deferrable_turn(turn: Turn) -> bool:
    """Whether it can be answered without its person: what is about a message opens a form, or comes again by itself."""
    return isinstance(turn, Command) and turn.source.about is None


async def defer_turn(talk: DialogContext, turn: Turn) -> Say:
    """Keep the gift, to be taken up again soon; the answer says whom we are looking up."""
    payload = dump_value(turn)
    first_try = talk.now + PENDING_TURN_DELAYS[0]
    await save_pending_turn(talk.session, payload=payload, due_at=first_try, now=talk.now, **turn_key(turn.source))
    parts = turn.words if isinstance(turn, Command) else ()
    who = {part.account: part for part in parts if isinstance(part, Mention) and part.account in turn.source.unmet}
    return Say(build_looking_up_card(talk.copy, tuple(who.values())))


def return_form(talk: DialogContext, form: Form, turn: Submission) -> Ask:
    """The form with what stands in it; it may be sent again in a moment."""
    people = next((field.id for field in form.fields if isinstance(field, PersonField)), form.fields[0].id)
    return Ask(form, turn.answers, {people: talk.copy.line("notices.unmet")}, talk.state, turn.token)


def resume_turn(turn: Turn) -> Turn:
    """The turn once more, under a name of its own: so this one is answered once for good as well."""
    return replace(
        turn, source=replace(turn.source, message_id=turn.source.message_id + RESUMED_SUFFIX, unmet=frozenset())
    )


def return_message(copy: Copy, turn: Turn) -> Say:
    """Nothing waits: the words go back at once."""
    return Say(build_unresolved_people_card(copy, get_sent_text(turn)), failed=True)
