"""The reply to a turn: stored in the conversation, or returned as a form to show."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncSession

from bot.protocol.elements import Button, Card
from bot.protocol.turns import Ask, Press, Quiet, Reply, Say, Source, Turn, Update, Words
from channels.web.store import ChatMessage, add_web_message, replace_message_card


@dataclass(frozen=True, slots=True)
class AskedTurn:
    """A turn with its person, the words they typed (to quote in a private answer), and the message they pressed."""

    person_id: int
    turn: Turn
    words: Words = ()
    pressed: ChatMessage | None = None

    @property
    def source(self) -> Source:
        return self.turn.source

    @property
    def cause(self) -> str:
        """Return the turn's id, under which its answer is stored only once."""
        return f"{self.source.conversation}:{self.source.message_id}"


async def store_web_reply(session: AsyncSession, asked: AskedTurn, reply: Reply, now: datetime) -> Ask | None:
    """Store the reply in the conversation. Return the form to show if the reply is one, else None."""
    match reply:
        case Say(card, private, failed):
            # a failed turn may be sent again, and its apology must not block the answer
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
    """Replace the pressed message by the card, or post it as a new message if the pressed one has changed.

    A press that is sent again finds the card in place already, and changes nothing.
    """
    message, turn = asked.pressed, asked.turn
    changed = message and message.card != card and isinstance(turn, Press) and not has_button(message, turn.token)
    if message is None or changed:
        await _say(session, asked, card, now, private=True, cause=f"{asked.cause}:answer")
    elif message.card != card:
        await replace_message_card(session, message.id, card)


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
    """Return whether the message still has the button with that token."""
    return message.card is not None and any(
        isinstance(action, Button) and action.token == token for action in message.card.actions
    )
