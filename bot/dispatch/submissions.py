"""A form that comes back: found again, checked, and handed to its dialog."""

from dataclasses import replace
from typing import Any

from bot.cards import notices
from bot.dialogs import user_input
from bot.dialogs.dialog import Dialog, Talk
from bot.protocol.forms import Answers
from bot.protocol.turns import Ask, Reply, Say, Source, Submission

PLACE = "place"  # under this name the state of a form keeps where, for whom, and by which turn it was asked for
ASKED_FOR = ("channel", "tenant", "account")
ASKED_AT = ("conversation", "private", "place_name", "way_back", "message_id", *ASKED_FOR)


async def expired(talk: Talk, turn: Submission) -> Reply:
    """The form waited too long: what it was about is forgotten, and the words go back."""
    return Say(notices.expired(talk.copy, user_input.filled_in(talk, turn.answers)))


async def submitted(dialog: Dialog, talk: Talk, turn: Submission) -> Reply:
    await dialog.reconsider(talk, turn)
    form = await dialog.form(talk)
    answers: Answers = {f.id: turn.answers.get(f.id, ()) for f in form.fields}
    faults = form.check(answers)
    if faults:
        errors = {name: talk.copy.line(f"form.{fault.key}", **fault.details) for name, fault in faults.items()}
        return Ask(form, answers, errors, talk.state, turn.token)
    return await dialog.submitted(talk, replace(turn, answers=answers))


def where_asked(source: Source, state: dict[str, Any]) -> Source:
    """The form as a turn: where it was asked for, and one for good, however often it is sent."""
    asked = replace(source, **state[PLACE])
    return replace(asked, message_id=f"form:{source.account}:{asked.message_id}")
