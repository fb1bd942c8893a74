"""A form that comes back: found again, checked, and handed to its dialog."""

from dataclasses import replace
from typing import Any

from bot.cards.notices import build_form_expired_card
from bot.dialogs.dialog import Dialog, DialogContext
from bot.dialogs.user_input import get_form_text
from bot.protocol.forms import Answers
from bot.protocol.turns import Ask, Reply, Say, Source, Submission

FORM_ORIGIN_KEY = (
    "place"  # under this name the state of a form keeps where, for whom, and by which turn it was asked for
)
FORM_OWNER_FIELDS = ("channel", "tenant", "account")
FORM_ORIGIN_FIELDS = ("conversation", "private", "place_name", "way_back", "message_id", *FORM_OWNER_FIELDS)


async def handle_expired_form(talk: DialogContext, turn: Submission) -> Reply:
    """Answer a form that has expired: its state is gone, so the text is returned to be sent again."""
    return Say(build_form_expired_card(talk.copy, get_form_text(talk, turn.answers)))


async def handle_submission(dialog: Dialog, talk: DialogContext, turn: Submission) -> Reply:
    await dialog.reconsider(talk, turn)
    form = await dialog.form(talk)
    answers: Answers = {f.id: turn.answers.get(f.id, ()) for f in form.fields}
    faults = form.check(answers)
    if faults:
        errors = {name: talk.copy.line(f"form.{fault.key}", **fault.details) for name, fault in faults.items()}
        return Ask(form, answers, errors, talk.state, turn.token)
    return await dialog.submitted(talk, replace(turn, answers=answers))


def get_form_source(source: Source, state: dict[str, Any]) -> Source:
    """Return the source of a sent form: the place where it was requested, with one fixed message id.

    The id is the same however often the form is sent.
    """
    asked = replace(source, **state[FORM_ORIGIN_KEY])
    return replace(asked, message_id=f"form:{source.account}:{asked.message_id}")
