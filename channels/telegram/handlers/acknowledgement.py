"""Which updates can be stored, to be answered after a crash. Telegram sends the others again until they are done."""

from bot.protocol.turns import Command, Press, Turn
from channels.telegram.forms import question
from channels.telegram.handlers.confirmation import is_confirmation_button
from channels.telegram.inbound.updates import ParsedUpdate, TurnUpdate

CANCEL_COMMAND = "cancel"  # the command that people know of every other bot
START_COMMAND = "start"  # what a deep link sends; its payload may lead to an answer that waits


def get_storable_turn(meant: ParsedUpdate) -> Turn | None:
    """Return the turn that the bot answers by itself. Return None for facts, and for what an open form may wait for."""
    match meant:
        case TurnUpdate(turn=Press(token=token) as turn):
            is_step = token.startswith(f"{question.STEP_PREFIX}:") or is_confirmation_button(token)
            return None if is_step else turn
        case TurnUpdate(turn=Command(source, verb) as turn):
            is_step = source.private and (not verb or verb in (START_COMMAND, CANCEL_COMMAND))
            return None if is_step else turn
        case _:
            return None
