"""Pending gifts: asks again who somebody is, and completes or refuses within a minute what waits for that."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards import notices
from bot.dialogs import user_input
from bot.dispatch import unresolved_people
from bot.dispatch.dispatcher import Bot
from bot.i18n.catalog import language_for
from bot.i18n.copy import Copy
from bot.protocol import serialization, turn_keys
from bot.protocol.context import LANGUAGE
from bot.protocol.turns import Ask, Reply, Say, Turn
from engine.outbox import publishing
from engine.turns import inbox as turns_inbox
from engine.turns import pending_turns, turn_context
from engine.turns.pending_turns import Waiting
from engine.turns.turn_context import Arrival

log = logging.getLogger(__name__)

AT_ONCE = 8  # gifts taken up at the same time

POLL = 1.0  # seconds between looks

SECONDS = 5.0  # for a channel to say who everybody is


class Introducer(Protocol):
    """A channel that can be asked who somebody is."""

    async def introduce(self, turn: Turn) -> Turn:
        """The turn with its people linked; `source.unmet` names those whom the channel could not tell about now."""
        ...


@dataclass(slots=True)
class PendingGifts:
    """One of any number of replicas; `introducers` are channels by name."""

    bot: Bot
    introducers: Mapping[str, Introducer]
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _loop: asyncio.Task[None] | None = field(default=None, init=False)

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run(), name="pending gifts")

    async def stop(self) -> None:
        """Finish what is under way."""
        self._stopping.set()
        if self._loop:
            await self._loop

    async def look(self) -> None:
        """Take up once what is due now."""
        async with self.bot.writing.begin() as session:
            due = await pending_turns.claim(session, now=self.bot.clock(), limit=AT_ONCE)
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
            async with asyncio.timeout(POLL):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _take_up(self, one: Waiting) -> None:
        try:
            turn = unresolved_people.taken_up(serialization.load(one.payload))
            reply = None if one.is_over(self.bot.clock()) else await self._answered(turn)
            again = one.next_try(self.bot.clock())
            if reply is None and again:
                async with self.bot.writing.begin() as session:
                    await pending_turns.postpone(session, one, again)
            else:
                await self._finish(one, turn, reply)
        except Exception:  # the edge: it falls due again when its lease ends
            log.exception("a pending gift was not settled", extra={"action": "pending_failed"})

    async def _answered(self, turn: Turn) -> Reply | None:
        """What the bot says now; None where somebody is unknown still, or our side broke."""
        introducer = self.introducers.get(turn.source.channel)
        if introducer is None:
            return None
        try:
            async with asyncio.timeout(SECONDS):
                told = await introducer.introduce(turn)
        except Exception:  # the edge: a channel may fail in any way, and is asked again
            log.warning("nobody was introduced", exc_info=True, extra={"action": "introduction_failed"})
            return None
        if told.source.unmet:
            return None
        reply = await self.bot.handle(told)
        if isinstance(reply, Ask):  # nobody waits for a form any more
            return Say(notices.unfinished(Copy(LANGUAGE.get()), user_input.as_sent(told)))
        return None if isinstance(reply, Say) and reply.failed else reply

    async def _finish(self, one: Waiting, turn: Turn, reply: Reply | None) -> None:
        """It waits no more, and its person hears what came of it: both, or neither."""
        account = turn.source.account
        async with self.bot.writing.begin() as session:
            if not await pending_turns.finish(session, one):
                return
            arrival = await turn_context.read(session, accounts={account}, **turn_keys.name(turn.source))
            person = arrival.people.get(account)
            if person is None:  # the account was unlinked meanwhile: nobody is there to hear
                return
            said = reply or await self._refused(session, turn, arrival)
            if isinstance(said, Say):
                await publishing.publish(
                    session,
                    pending_turns.KIND,
                    one.id,
                    self.bot.clock(),
                    place_id=None,
                    everywhere=False,
                    people=[person.id],
                    details={"card": serialization.dump(said.card)},
                )
        self.bot.wake()

    async def _refused(self, session: AsyncSession, turn: Turn, arrival: Arrival) -> Reply:
        """The words go back, and whoever still answers the turn gives nothing. Where it was answered: that answer."""
        person = arrival.people[turn.source.account]
        language = language_for(person.locale, turn.source.locale, arrival.settings.language)
        reply: Reply = Say(notices.given_up(Copy(language), user_input.as_sent(turn)))
        name, now = turn_keys.name(turn.source), self.bot.clock()
        if await turns_inbox.remember(session, person_id=person.id, reply=serialization.dump(reply), now=now, **name):
            return reply
        first: Reply = serialization.load(
            await turns_inbox.first_answer(session, person_id=person.id, **name) or {"$": "Quiet"}
        )
        return first
