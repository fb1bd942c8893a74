"""What a turn brings to the page: the answer stored where it belongs, or the form to show."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncSession

from bot.protocol.elements import Button, Card
from bot.protocol.turns import Ask, Press, Quiet, Reply, Say, Source, Turn, Update, Words
from channels.web.store import ChatMessage, add_web_message, replace_message_card


@dataclass(frozen=True, slots=True)
class AskedTurn:
    """One turn of one person: where, what they typed (for the answer's heading), whose button they pressed."""

    person_id: int
    turn: Turn
    words: Words = ()
    pressed: ChatMessage | None = None

    @property
    def source(self) -> Source:
        return self.turn.source

    @property
    def cause(self) -> str:
        """The turn's own name: its answer is stored once, however often it is sent."""
        return f"{self.source.conversation}:{self.source.message_id}"


async def store_web_reply(session: AsyncSession, asked: AskedTurn, reply: Reply, now: datetime) -> Ask | None:
    """Put the answer into the conversation; returns the form that is to be shown instead, where it is one."""
    match reply:
        case Say(card, private, failed):
            # a turn that failed may be sent again: its apology must not stand in the way of the answer
            cause = None if failed else f"{asked.cause}:answer"
            await _say(session, asked, card, now, private=private, cause=cause)
        case Update(card):
            await _update(session, asked, card, now)
        case Ask():
            return reply
        case Quiet():
            pass
        case _:
            assert_never(reply)
    return None


async def _update(session: AsyncSession, asked: AskedTurn, card: Card, now: datetime) -> None:
    """The pressed message becomes the card; where it has changed meanwhile, the card is said anew.

    A press that is sent again finds the message as the first one left it: there is nothing to do.
    """
    message = asked.pressed
    if message is None or (message.card != card and _has_moved_on(message, asked.turn)):
        await _say(session, asked, card, now, private=True, cause=f"{asked.cause}:answer")
    elif message.card != card:
        await replace_message_card(session, message.id, card)


def _has_moved_on(message: ChatMessage, turn: Turn) -> bool:
    return isinstance(turn, Press) and not has_button(message, turn.token)


async def _say(
    session: AsyncSession, asked: AskedTurn, card: Card, now: datetime, *, private: bool, cause: str | None
) -> None:
    hidden = private and not asked.source.private
    await add_web_message(
        session,
        asked.source.conversation,
        now,
        private_to=asked.person_id if hidden else None,
        words=asked.words if hidden else (),
        card=card,
        cause=cause,
    )


def has_button(message: ChatMessage, token: str) -> bool:
    """Whether the message still has the button of that token."""
    return message.card is not None and any(
        isinstance(action, Button) and action.token == token for action in message.card.actions
    )
