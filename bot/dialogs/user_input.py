"""A person's own words, handed back ready to be sent again."""

from typing import assert_never

from bot.dialogs.dialog import DialogContext
from bot.dialogs.receivers import format_resendable_words
from bot.parsing.commands import format_typed_words
from bot.protocol.forms import Answers
from bot.protocol.turns import Command, Press, Submission, Turn


def get_typed_line(talk: DialogContext, turn: Turn) -> str:
    """The line that was typed; nothing where it was no more than the command, somebody else's, or no line at all."""
    if not isinstance(turn, Command) or not turn.words or turn.source.about:
        return ""
    return format_typed_words((f"/{turn.verb} " if turn.verb else "", *format_resendable_words(talk, turn.words)))


def get_sent_text(turn: Turn) -> str:
    """What was sent, where nothing is known of its person: the line with its command, or what stood in the form."""
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
    """What stood in a form, a line an answer."""
    return "\n".join(format_typed_words(format_resendable_words(talk, answer)) for answer in answers.values() if answer)
