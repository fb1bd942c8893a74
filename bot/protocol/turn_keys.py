"""What a turn is named by, and whose accounts are in it."""

from collections.abc import Iterator

from bot.protocol.elements import Mention
from bot.protocol.turns import ACKNOWLEDGED_SUFFIX, Ask, Command, Reply, Source, Submission, Turn


class AlreadyAnswered(Exception):
    """The turn's unique key was taken meanwhile: all is rolled back and the first answer is given."""


def turn_key(source: Source) -> dict[str, str]:
    """Return the fields that identify the turn permanently."""
    return {
        "channel": source.channel,
        "tenant": source.tenant,
        "conversation": source.conversation,
        "message_id": source.message_id,
    }


def acknowledged_key(source: Source) -> dict[str, str]:
    """Return the key under which a late turn is stored.

    It differs from `turn_key`, because the turn may also wait under that key for an account to be looked up.
    """
    return turn_key(source) | {"message_id": source.message_id + ACKNOWLEDGED_SUFFIX}


def accounts_in(turn: Turn) -> Iterator[str]:
    """Yield the accounts of the sender and of all people mentioned."""
    yield turn.source.account
    parts = turn.words if isinstance(turn, Command) else ()
    if isinstance(turn, Submission):
        parts = tuple(part for answer in turn.answers.values() for part in answer)
    for part in parts:
        if isinstance(part, Mention) and part.account:
            yield part.account


def is_final(turn: Turn, reply: Reply) -> bool:
    """Return whether the answer is stored: a form shown again may be corrected and sent again, so it is not."""
    return not (isinstance(turn, Submission) and isinstance(reply, Ask))
