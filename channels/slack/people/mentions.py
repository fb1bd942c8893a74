"""The people of a turn: which accounts to ask Slack about, and what Slack calls them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.protocol.elements import Mention
from bot.protocol.forms import Answer
from bot.protocol.turns import Command, Press, Submission, Turn
from channels.slack.types import is_slack_account

MAX_LOOKED_UP_ACCOUNTS = 25  # accounts of one turn, that are worth a look-up


def list_slack_accounts(turn: Turn) -> list[str]:
    """List the Slack accounts of a turn, the sender first, at most MAX_LOOKED_UP_ACCOUNTS."""
    found = [turn.source.account, *(m.account for m in _mentions(turn) if m.account)]
    return [account for account in dict.fromkeys(found) if is_slack_account(account)][:MAX_LOOKED_UP_ACCOUNTS]


def fill_mention_names(turn: Turn, names: Mapping[str, str]) -> Turn:
    """Return the turn with names filled in for people mentioned by account only. Account ids are not for readers."""
    match turn:
        case Command(words=parts):
            return replace(turn, words=_named(parts, names))
        case Submission(answers=answers):
            return replace(turn, answers={field: _named(answer, names) for field, answer in answers.items()})
        case Press():
            return turn


def _mentions(turn: Turn) -> Iterator[Mention]:
    match turn:
        case Command(words=parts):
            yield from (part for part in parts if isinstance(part, Mention))
        case Submission(answers=answers):
            yield from (part for answer in answers.values() for part in answer if isinstance(part, Mention))


def _named(parts: Answer, names: Mapping[str, str]) -> Answer:
    return tuple(
        replace(part, name=names.get(part.name, part.name))
        if isinstance(part, Mention) and part.name == part.account
        else part
        for part in parts
    )
