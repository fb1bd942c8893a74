"""One destination's deliveries: drawn, sent and settled, one after the other."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.card_builder import Drawing
from bot.delivery.circuit_breaker import Rests
from bot.delivery.rate_limit import Pace
from bot.protocol.channel import Channel, Destination, Gone, Misconfigured, RetryLater, Unable, Unclear
from bot.protocol.context import LANGUAGE
from bot.protocol.elements import Card
from engine.db.connection import Sessions
from engine.delivery import channel_refused, settlement
from engine.delivery.claims import Claimed

log = logging.getLogger(__name__)

LAST_CALL = 30.0  # seconds of the lease that must be left to begin a call and to settle it

SOONEST, LATEST = 0.05, 86_400.0  # seconds: a platform that says "at once" or "never" is asked again after these

REST = 1.0  # seconds at least that a channel at its pace is left alone: each look claims, and puts back, what waits

SETTLE_AGAIN = (0.1, 0.5, 2.0, 5.0)  # seconds; a card that is out and not settled would be posted twice

EACH_DESTINATION = (1.0, 3)  # a second, and at once: the pace of a channel that declares no `pace`

EACH_CHANNEL = (20.0, 20)  # the same for a channel as a whole: `pace_overall`

SENT_PERHAPS = (Unclear, TimeoutError, ConnectionResetError, BrokenPipeError)  # a call that ended so may have arrived

Settle = Callable[[AsyncSession], Awaitable[object]]


class NotNow(Exception):
    """This delivery goes back as if it had not been claimed: it was no attempt."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends through `channels`; nothing is kept between two lines but what `rests` knows.

    A channel may declare `pace` and `pace_overall`, each (sends a second, sends at once): per destination and in all.
    """

    writing: Sessions
    drawing: Drawing
    channels: Mapping[str, Channel]
    clock: Callable[[], datetime]
    random: Random
    pace: Pace
    rests: Rests
    send_seconds: float
    stopping: Callable[[], bool]

    async def serve(self, line: Sequence[Claimed]) -> None:
        """Send the deliveries of one destination in order, as far as it goes now; put the others back."""
        try:
            while line and await self._goes_on(line):
                line = line[1:]
        except Exception:  # the edge: what was not settled falls due again when its lease ends
            log.exception("a delivery was not settled", extra={"action": "settle_failed"})

    async def _goes_on(self, line: Sequence[Claimed]) -> bool:
        """Deliver the first of the line and settle it. False where the whole line must wait."""
        one = line[0]
        try:
            await self._deliver(one)
        except RetryLater as patience:
            return await self._wait(line, patience.after)
        except Misconfigured as no:
            await self._refused(one.channel, no)
            return await self._put_back(line)
        except NotNow:
            return await self._put_back(line)
        except Gone:
            self.rests.answered(one.channel)
            await self._settle(partial(settlement.gone, claimed=one, now=self.clock()))
        except Unable as no:
            await self._unable(one, no)
        except (Unclear, OSError) as error:  # every connection error and every time-out is an OSError
            if self.rests.unanswered(one.channel, one.destination, error):
                return await self._put_back(line)
            await self._failed(one, error)
        except Exception as error:  # the edge: a channel may fail in any way
            log.exception("a delivery failed", extra={"action": "delivery_failed", "delivery": one.id})
            await self._failed(one, error)
        return True

    async def _deliver(self, one: Claimed) -> None:
        """Keep the pace, draw, send, settle. A card that there is nothing to show of closes the delivery.

        The pace comes first: where many wait for few sends, drawing what cannot go would cost more than sending.
        """
        self._refuse_to_begin(one)
        await self._keep_pace(one)
        drawn = await self.drawing.card(one)
        LANGUAGE.set(drawn.language)  # for the few words that a channel adds itself
        if drawn.card is None:
            await self._settle(partial(settlement.unneeded, claimed=one, now=self.clock()))
            return
        ref = await self._send(one, drawn.card)
        self.rests.answered(one.channel)
        await self._settle(partial(settlement.sent, claimed=one, ref=ref, now=self.clock()))

    def _refuse_to_begin(self, one: Claimed) -> None:
        too_late = self._after(LAST_CALL) > one.leased_until
        if self.stopping() or too_late or self.rests.rests(one.channel):
            raise NotNow

    async def _keep_pace(self, one: Claimed) -> None:
        """Raises RetryLater where the destination must wait, NotNow where the whole channel must."""
        channel = self.channels[one.channel]
        wait = await self.pace.take(one.destination, *getattr(channel, "pace", EACH_DESTINATION))
        if wait > 0:
            raise RetryLater(wait)
        wait = await self.pace.take(f"channel:{one.channel}", *getattr(channel, "pace_overall", EACH_CHANNEL))
        if wait > 0:
            self.rests.wait(one.channel, max(wait, REST))
            raise NotNow

    async def _send(self, one: Claimed, card: Card) -> dict[str, Any]:
        """Post, or edit what was posted; returns the platform's name of it."""
        channel = self.channels[one.channel]
        details, origin = one.place_details or {}, one.origin or {}
        to = Destination(one.tenant, one.external_id, one.direct, details, origin, str(one.id), one.unclear)
        try:
            async with asyncio.timeout(self.send_seconds):
                if one.message_ref is None:
                    return await channel.post(to, card)
                await channel.edit(to, one.message_ref, card)
        except SENT_PERHAPS as error:
            await self._settle(partial(settlement.doubted, claimed=one, error=type(error).__name__))
            raise
        return one.message_ref

    async def _wait(self, line: Sequence[Claimed], seconds: float) -> bool:
        await self._settle(partial(settlement.later, line=line, until=self._after(seconds)))
        return False

    async def _put_back(self, line: Sequence[Claimed]) -> bool:
        await self._settle(partial(settlement.put_back, line=line))
        return False

    async def _refused(self, channel: str, no: Misconfigured) -> None:
        """The channel rests, and the administrators hear of it where we are still let in."""
        self.rests.refused(channel, no)
        others = [name for name in self.channels if not self.rests.rests(name)]
        await self._settle(partial(channel_refused.tell, channel=channel, why=str(no), others=others, now=self.clock()))

    async def _unable(self, one: Claimed, no: Unable) -> None:
        said = {"delivery": one.id, "channel": one.channel, "why": str(no)}
        log.warning("a card will never be taken", extra={"action": "card_refused"} | said)
        await self._settle(partial(settlement.unable, claimed=one, error=str(no), now=self.clock()))

    async def _failed(self, one: Claimed, error: Exception) -> None:
        said = {"delivery": one.id, "channel": one.channel, "attempt": one.attempts + 1, "error": type(error).__name__}
        log.warning("a delivery is tried again", extra={"action": "delivery_again"} | said)
        what = partial(settlement.failed, claimed=one, error=type(error).__name__)
        await self._settle(partial(what, jitter=self.random.random(), now=self.clock()))

    def _after(self, seconds: float) -> datetime:
        wait = min(max(seconds, SOONEST), LATEST) if math.isfinite(seconds) else LATEST
        return self.clock() + timedelta(seconds=wait)

    async def _settle(self, act: Settle) -> None:
        """Write down what came of it, in a transaction of its own; a database that is busy is asked again."""
        for pause in SETTLE_AGAIN:
            try:
                return await self._settle_once(act)
            except (SQLAlchemyError, OSError) as error:
                log.warning("settling again", extra={"action": "settle_again", "error": type(error).__name__})
                await asyncio.sleep(pause)
        return await self._settle_once(act)

    async def _settle_once(self, act: Settle) -> None:
        async with self.writing.begin() as session:
            await act(session)
