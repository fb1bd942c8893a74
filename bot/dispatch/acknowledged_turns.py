"""Turns that are acknowledged before they are answered: stored, so that any replica can answer them after a crash.

`channels` store them, and delete them with the answer; the job of `pending_gifts` takes up those that were left.
"""

from bot.dispatch.dispatcher import Bot
from bot.protocol.serialization import dump_value
from bot.protocol.turn_keys import acknowledged_key
from bot.protocol.turns import AcknowledgedTurn, Turn
from engine.turns.pending_turns import (
    PENDING_TURN_LEASE,
    ClaimedTurn,
    finish_pending_turn,
    postpone_pending_turn,
    save_pending_turn,
)


async def store_acknowledged_turn(bot: Bot, turn: Turn) -> ClaimedTurn | None:
    """Store the turn under a lease of this replica.

    Return None if it is stored already, by the replica that answers it.
    """
    now = bot.clock()
    payload, lease_end, name = (
        dump_value(AcknowledgedTurn(turn)),
        now + PENDING_TURN_LEASE,
        acknowledged_key(turn.source),
    )
    async with bot.writing.begin() as session:
        return await save_pending_turn(session, payload=payload, due_at=lease_end, now=now, **name)


async def extend_acknowledged_turn(bot: Bot, claim: ClaimedTurn) -> None:
    """Keep other replicas from it for one lease more, where it is still ours."""
    async with bot.writing.begin() as session:
        await postpone_pending_turn(session, claim, bot.clock() + PENDING_TURN_LEASE)


async def finish_acknowledged_turn(bot: Bot, claim: ClaimedTurn) -> None:
    """Delete it: it is answered. Where another replica has taken it up, that one does so."""
    async with bot.writing.begin() as session:
        await finish_pending_turn(session, claim)
