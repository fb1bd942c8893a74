"""A person's own words, handed back ready to be sent again."""

from typing import assert_never

from bot import reading, receivers
from bot.dialogs import Talk
from bot.forms import Answers
from bot.turns import Command, Press, Submission, Turn


def line(talk: Talk, turn: Turn) -> str:
    """The line that was typed; nothing where it was no more than the command, somebody else's, or no line at all."""
    if not isinstance(turn, Command) or not turn.words or turn.source.about:
        return ""
    return reading.typed((f"/{turn.verb} " if turn.verb else "", *receivers.written(talk, turn.words)))


def as_sent(turn: Turn) -> str:
    """What was sent, where nothing is known of its person: the line with its command, or what stood in the form."""
    match turn:
        case Command(source) if source.about:
            return ""
        case Command():
            return reading.typed((f"/{turn.verb} " if turn.verb else "", *turn.words)) if turn.words else ""
        case Submission():
            return "\n".join(reading.typed(answer) for answer in turn.answers.values() if answer)
        case Press():
            return ""
        case _:
            assert_never(turn)


def filled_in(talk: Talk, answers: Answers) -> str:
    """What stood in a form, a line an answer."""
    return "\n".join(reading.typed(receivers.written(talk, answer)) for answer in answers.values() if answer)
