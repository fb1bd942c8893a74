"""What a turn is named by, and whose accounts are in it."""

from collections.abc import Iterator

from bot.protocol.elements import Mention
from bot.protocol.turns import ACKNOWLEDGED_SUFFIX, Ask, Command, Reply, Source, Submission, Turn


class AlreadyAnswered(Exception):
    """The turn's unique key was taken meanwhile: all is rolled back and the first answer is given."""


def sender_key(source: Source) -> dict[str, str]:
    """The sender."""
    return {"channel": source.channel, "tenant": source.tenant, "account": source.account}


def turn_key(source: Source) -> dict[str, str]:
    """The turn, for ever."""
    return {
        "channel": source.channel,
        "tenant": source.tenant,
        "conversation": source.conversation,
        "message_id": source.message_id,
    }


def acknowledged_key(source: Source) -> dict[str, str]:
    """The turn's name while it is stored because it is late: under its own name it may wait for somebody's account."""
    return turn_key(source) | {"message_id": source.message_id + ACKNOWLEDGED_SUFFIX}


def accounts_in(turn: Turn) -> Iterator[str]:
    """The sender, and everybody who is mentioned."""
    yield turn.source.account
    parts = turn.words if isinstance(turn, Command) else ()
    if isinstance(turn, Submission):
        parts = tuple(part for answer in turn.answers.values() for part in answer)
    for part in parts:
        if isinstance(part, Mention) and part.account:
            yield part.account


def is_final(turn: Turn, reply: Reply) -> bool:
    """Whether the answer is remembered: a form that comes back may be corrected and sent again."""
    return not (isinstance(turn, Submission) and isinstance(reply, Ask))
