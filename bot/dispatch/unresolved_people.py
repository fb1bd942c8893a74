"""Turns whose people the channel could not look up.

A gift in one line waits; all other text is returned to be sent again.
"""

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
    """Return whether the turn can be answered later, without its person.

    A turn about a message cannot: it opens a form, or is sent again by the channel.
    """
    return isinstance(turn, Command) and turn.source.about is None


async def defer_turn(talk: DialogContext, turn: Turn) -> Say:
    """Store the gift to be tried again soon, and answer with the people who are being looked up."""
    payload = dump_value(turn)
    first_try = talk.now + PENDING_TURN_DELAYS[0]
    await save_pending_turn(talk.session, payload=payload, due_at=first_try, now=talk.now, **turn_key(turn.source))
    parts = turn.words if isinstance(turn, Command) else ()
    who = {part.account: part for part in parts if isinstance(part, Mention) and part.account in turn.source.unmet}
    return Say(build_looking_up_card(talk.copy, tuple(who.values())))


def return_form(talk: DialogContext, form: Form, turn: Submission) -> Ask:
    """Show the form again with its answers and an error at the people field; it may be sent again soon."""
    people = next((field.id for field in form.fields if isinstance(field, PersonField)), form.fields[0].id)
    return Ask(form, turn.answers, {people: talk.copy.line("notices.unmet")}, talk.state, turn.token)


def resume_turn(turn: Turn) -> Turn:
    """Return the turn once more, under a message id of its own, so that this one is answered only once too."""
    return replace(
        turn, source=replace(turn.source, message_id=turn.source.message_id + RESUMED_SUFFIX, unmet=frozenset())
    )


def return_message(copy: Copy, turn: Turn) -> Say:
    """Return the person's text at once, to be sent again; the turn is not stored."""
    return Say(build_unresolved_people_card(copy, get_sent_text(turn)), failed=True)
