"""A person's own words, handed back ready to be sent again."""

from typing import assert_never

from bot.dialogs import receivers as dialogs_receivers
from bot.dialogs.dialog import Talk
from bot.parsing import commands as parsing_commands
from bot.protocol.forms import Answers
from bot.protocol.turns import Command, Press, Submission, Turn


def line(talk: Talk, turn: Turn) -> str:
    """The line that was typed; nothing where it was no more than the command, somebody else's, or no line at all."""
    if not isinstance(turn, Command) or not turn.words or turn.source.about:
        return ""
    return parsing_commands.typed((f"/{turn.verb} " if turn.verb else "", *dialogs_receivers.written(talk, turn.words)))


def as_sent(turn: Turn) -> str:
    """What was sent, where nothing is known of its person: the line with its command, or what stood in the form."""
    match turn:
        case Command(source) if source.about:
            return ""
        case Command():
            return parsing_commands.typed((f"/{turn.verb} " if turn.verb else "", *turn.words)) if turn.words else ""
        case Submission():
            return "\n".join(parsing_commands.typed(answer) for answer in turn.answers.values() if answer)
        case Press():
            return ""
        case _:
            assert_never(turn)


def filled_in(talk: Talk, answers: Answers) -> str:
    """What stood in a form, a line an answer."""
    return "\n".join(
        parsing_commands.typed(dialogs_receivers.written(talk, answer)) for answer in answers.values() if answer
    )
