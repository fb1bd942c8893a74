"""A person's own words, handed back ready to be sent again."""

from typing import assert_never

from bot.dialogs.dialog import DialogContext
from bot.dialogs.receivers import format_resendable_words
from bot.parsing.commands import format_typed_words
from bot.protocol.forms import Answers
from bot.protocol.turns import Command, Press, Submission, Turn


def get_typed_line(talk: DialogContext, turn: Turn) -> str:
    """Return the line that the person typed, ready to be sent again.

    Return "" if it was only the command, if the text is by another author, or if the turn has no line.
    """
    if not isinstance(turn, Command) or not turn.words or turn.source.about:
        return ""
    return format_typed_words((f"/{turn.verb} " if turn.verb else "", *format_resendable_words(talk, turn.words)))


def get_sent_text(turn: Turn) -> str:
    """Return what an unknown sender sent: the line with its command, or the answers of the form.

    Return "" for a button, a bare command, or text by another author.
    """
    match turn:
        case Command(source) if source.about:
            return ""
        case Command():
            return format_typed_words((f"/{turn.verb} " if turn.verb else "", *turn.words)) if turn.words else ""
        case Submission():
            return "\n".join(format_typed_words(answer) for answer in turn.answers.values() if answer)
        case Press():
            return ""
        case _:
            assert_never(turn)


def get_form_text(talk: DialogContext, answers: Answers) -> str:
    """Return the answers of a form as text, one line per answer."""
    return "\n".join(format_typed_words(format_resendable_words(talk, answer)) for answer in answers.values() if answer)
