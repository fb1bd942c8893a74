"""Pending gifts: looks up their people again, and completes or refuses each gift within a minute.

It also answers turns that were acknowledged by a replica which then died.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards.notices import build_lookup_failed_card, build_unfinished_gift_card
from bot.dialogs.user_input import get_sent_text
from bot.dispatch.dispatcher import Bot
from bot.dispatch.unresolved_people import resume_turn
from bot.i18n.copy import Copy
from bot.i18n.reader_copy import choose_reader_copy
from bot.protocol.context import CURRENT_LANGUAGE
from bot.protocol.serialization import dump_value, load_value
from bot.protocol.turn_keys import turn_key
from bot.protocol.turns import AcknowledgedTurn, Ask, Reply, Say, Turn, Update
from engine.outbox.publishing import publish_announcement
from engine.turns import pending_turns
from engine.turns.inbox import find_answer, store_answer
from engine.turns.pending_turns import ClaimedTurn, claim_pending_turns, finish_pending_turn, postpone_pending_turn
from engine.turns.turn_context import TurnContext, load_turn_context

log = logging.getLogger(__name__)

MAX_CONCURRENT_GIFTS = 8  # gifts taken up at the same time
PENDING_GIFTS_POLL_S = 1.0  # seconds between looks
MAX_ACKNOWLEDGED_ATTEMPTS = 5  # then the words of an acknowledged turn are handed back
LOOKUP_S = 5.0  # for a channel to say who everybody is


@runtime_checkable
class Introducer(Protocol):
    """A channel that can look up people."""

    async def introduce(self, turn: Turn) -> Turn:
        """Return the turn with its people linked.

        `source.unmet` names the accounts that the channel could not look up now.
        """
        ...


@dataclass(slots=True)
class PendingGifts:
    """One of any number of replicas; `introducers` are channels by name."""

    bot: Bot
    introducers: Mapping[str, Introducer]
    lookup_s: float = LOOKUP_S
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _loop: asyncio.Task[None] | None = field(default=None, init=False)

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run(), name="pending gifts")

    async def stop(self) -> None:
        """Stop the loop after the gifts in progress are finished."""
        self._stopping.set()
        if self._loop:
            await self._loop

    async def look(self) -> None:
        """Take up once what is due now."""
        async with self.bot.writing.begin() as session:
            due = await claim_pending_turns(session, now=self.bot.clock(), limit=MAX_CONCURRENT_GIFTS)
        await asyncio.gather(*(self._take_up(one) for one in due))

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.look()
            except Exception:  # the edge: a database that is away comes back
                log.exception("pending gifts could not be claimed", extra={"action": "claim_failed"})
            await self._sleep()

    async def _sleep(self) -> None:
        try:
            async with asyncio.timeout(PENDING_GIFTS_POLL_S):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _take_up(self, one: ClaimedTurn) -> None:
        try:
            kept: AcknowledgedTurn | Turn = load_value(one.payload)
            await (self._redo(one, kept.turn) if isinstance(kept, AcknowledgedTurn) else self._resume(one, kept))
        except Exception:  # the edge: it falls due again when its lease ends
            log.exception("a pending gift was not settled", extra={"action": "pending_failed"})

    async def _resume(self, one: ClaimedTurn, waiting: Turn) -> None:
        """Ask once more who everybody is; in the end the words are handed back."""
        turn = resume_turn(waiting)
        reply = None if one.is_over(self.bot.clock()) else await self._answered(turn)
        again = one.next_try(self.bot.clock())
        if reply is None and again:
            async with self.bot.writing.begin() as session:
                await postpone_pending_turn(session, one, again)
        else:
            await self._finish(one, turn, reply)

    async def _redo(self, one: ClaimedTurn, acknowledged: Turn) -> None:
        """Answer it in place of the replica that died, under its own name: what was done already is not done twice."""
        turn = replace(acknowledged, source=replace(acknowledged.source, unmet=frozenset()))
        reply = await self._answered(turn)
        if reply is not None or one.attempts >= MAX_ACKNOWLEDGED_ATTEMPTS:
            await self._finish(one, turn, reply)

    async def _answered(self, turn: Turn) -> Reply | None:
        """Look up the people and return the bot's answer; None if one is still unknown or an error occurred."""
        introducer = self.introducers.get(turn.source.channel)
        if introducer is None:
            return None
        try:
            async with asyncio.timeout(self.lookup_s):
                told = await introducer.introduce(turn)
        except Exception:  # the edge: a channel may fail in any way, and is asked again
            log.warning("nobody was introduced", exc_info=True, extra={"action": "introduction_failed"})
            return None
        if told.source.unmet:
            return None
        reply = await self.bot.handle(told)
        if isinstance(reply, Ask):  # nobody waits for a form any more
            return Say(build_unfinished_gift_card(Copy(CURRENT_LANGUAGE.get()), get_sent_text(told)))
        return None if isinstance(reply, Say) and reply.failed else reply

    async def _finish(self, one: ClaimedTurn, turn: Turn, reply: Reply | None) -> None:
        """End the wait and publish the answer to the person, both in one transaction.

        A `reply` of None refuses the gift. An account that was unlinked meanwhile gets no answer.
        """
        account = turn.source.account
        async with self.bot.writing.begin() as session:
            if not await finish_pending_turn(session, one):
                return
            arrival = await load_turn_context(session, accounts={account}, **turn_key(turn.source))
            person = arrival.people.get(account)
            if person is None:  # the account was unlinked meanwhile: nobody is there to hear
                return
            said = reply or await self._refused(session, turn, arrival)
            if isinstance(said, Say | Update):
                await publish_announcement(
                    session,
                    pending_turns.PENDING_TURN_KIND,
                    one.id,
                    self.bot.clock(),
                    place_id=None,
                    everywhere=False,
                    people=[person.id],
                    details={"card": dump_value(said.card)},
                )
        self.bot.wake()

    async def _refused(self, session: AsyncSession, turn: Turn, arrival: TurnContext) -> Reply:
        """Store and return the refusal, with the text to send again, so that a late answer gives no gift.

        If the turn was answered already, return that answer.
        """
        person = arrival.people[turn.source.account]
        copy = choose_reader_copy(person, turn.source.locale, arrival.settings)
        reply: Reply = Say(build_lookup_failed_card(copy, get_sent_text(turn)))
        name, now = turn_key(turn.source), self.bot.clock()
        if await store_answer(session, person_id=person.id, reply=dump_value(reply), now=now, **name):
            return reply
        first: Reply = load_value(await find_answer(session, person_id=person.id, **name) or {"$": "Quiet"})
        return first
