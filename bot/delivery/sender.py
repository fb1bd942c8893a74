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

from bot.delivery.card_builder import CardBuilder
from bot.delivery.circuit_breaker import CircuitBreaker
from bot.delivery.rate_limit import RateLimiter
from bot.protocol.channel import (
    Channel,
    DeliveryUncertain,
    Destination,
    DestinationGone,
    Misconfigured,
    Rejected,
    RetryLater,
)
from bot.protocol.context import CURRENT_LANGUAGE
from bot.protocol.elements import Card
from engine.db.connection import SessionFactory
from engine.delivery.channel_refused import notify_channel_refused
from engine.delivery.claims import ClaimedDelivery
from engine.delivery.settlement import (
    defer_destination,
    get_retry_delay,
    get_uncertain_delay,
    mark_failed,
    mark_gone,
    mark_rejected,
    mark_sent,
    mark_uncertain,
    mark_unneeded,
    needs_follow_up,
    release_deliveries,
)

log = logging.getLogger(__name__)

MIN_LEASE_LEFT_S = 30.0  # seconds of the lease that must be left to begin a call and to settle it

MIN_RETRY_DELAY_S, MAX_RETRY_DELAY_S = (
    0.05,
    86_400.0,
)  # seconds: a platform that says "at once" or "never" is asked again after these

MIN_CHANNEL_PAUSE_S = (
    1.0  # seconds at least that a channel at its pace is left alone: each look claims, and puts back, what waits
)

SETTLE_RETRY_DELAYS_S = (0.1, 0.5, 2.0, 5.0)  # seconds; a card that is out and not settled would be posted twice
DESTINATION_RATE = (1.0, 3)  # a second, and at once: the pace of a channel that declares no `pace`
CHANNEL_RATE = (20.0, 20)  # the same for a channel as a whole: `pace_overall`

UNCERTAIN_ERRORS = (
    DeliveryUncertain,
    TimeoutError,
    ConnectionResetError,
    BrokenPipeError,
)  # a call that ended so may have arrived

SettleDelivery = Callable[[AsyncSession], Awaitable[object]]


class DeliveryPostponed(Exception):
    """This delivery goes back as if it had not been claimed: it was no attempt."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends deliveries through `channels`. Between two destinations it keeps only the state in `rests`.

    A channel may declare `pace` (per destination) and `pace_overall` (in all), each as (sends per second, sends at
    once).
    """

    writing: SessionFactory
    autocommit: SessionFactory  # what is one statement is settled here
    drawing: CardBuilder
    channels: Mapping[str, Channel]
    clock: Callable[[], datetime]
    random: Random
    pace: RateLimiter
    rests: CircuitBreaker
    send_seconds: float
    stopping: Callable[[], bool]
    look_again: Callable[[float], None]  # the relay looks in so many seconds: something is due then

    async def serve(self, line: Sequence[ClaimedDelivery]) -> None:
        """Send the deliveries of one destination in order, as far as it goes now; put the others back."""
        try:
            while line and await self._goes_on(line):
                line = line[1:]
        except Exception:  # the edge: what was not settled falls due again when its lease ends
            log.exception("a delivery was not settled", extra={"action": "settle_failed"})

    async def _goes_on(self, line: Sequence[ClaimedDelivery]) -> bool:
        """Deliver the first of the line and settle it. False where the whole line must wait."""
        one = line[0]
        try:
            await self._deliver(one)
        except RetryLater as patience:
            return await self._wait(line, patience.after)
        except Misconfigured as no:
            await self._refused(one.channel, no)
            return await self._put_back(line)
        except DeliveryPostponed:
            return await self._put_back(line)
        except DestinationGone:
            self.rests.answered(one.channel)
            await self._settle(partial(mark_gone, claimed=one, now=self.clock()))
            self.look_again(0)  # somebody hears of it, or the news go to another account
        except Rejected as no:
            self.rests.answered(one.channel)
            await self._unable(one, no)
        except (DeliveryUncertain, OSError) as error:  # every connection error and every time-out is an OSError
            return await self._unanswered(line, error)
        except Exception as error:  # the edge: a channel may fail in any way
            log.exception("a delivery failed", extra={"action": "delivery_failed", "delivery": one.id})
            await self._failed(one, error)
        return True

    async def _deliver(self, one: ClaimedDelivery) -> None:
        """Keep the pace, build the card, send it and settle the delivery. Close it if it has no card.

        The pace comes first: if many wait for few sends, building cards that cannot go would cost more than sending.
        """
        self._refuse_to_begin(one)
        await self._keep_pace(one)
        drawn = await self.drawing.card(one)
        CURRENT_LANGUAGE.set(drawn.language)  # for the few words that a channel adds itself
        if drawn.card is None:
            await self._settle_alone(partial(mark_unneeded, claimed=one, now=self.clock()))
            return
        ref = await self._send(one, drawn.card)
        self.rests.answered(one.channel)
        sent = partial(mark_sent, claimed=one, ref=ref, now=self.clock())
        if needs_follow_up(one, ref):
            await self._settle(sent)
            self.look_again(0)  # somebody hears how to invite us
        else:
            await self._settle_alone(sent)

    def _refuse_to_begin(self, one: ClaimedDelivery) -> None:
        too_late = self._after(MIN_LEASE_LEFT_S) > one.leased_until
        if self.stopping() or too_late or self.rests.rests(one.channel):
            raise DeliveryPostponed

    async def _keep_pace(self, one: ClaimedDelivery) -> None:
        """Check the rate limits of the destination and the channel.

        Raises RetryLater if the destination must wait, DeliveryPostponed if the whole channel must.
        """
        channel = self.channels[one.channel]
        wait = await self.pace.take(one.destination, *getattr(channel, "pace", DESTINATION_RATE))
        if wait > 0:
            raise RetryLater(wait)
        wait = await self.pace.take(f"channel:{one.channel}", *getattr(channel, "pace_overall", CHANNEL_RATE))
        if wait > 0:
            self.rests.wait(one.channel, max(wait, MIN_CHANNEL_PAUSE_S))
            raise DeliveryPostponed

    async def _send(self, one: ClaimedDelivery, card: Card) -> dict[str, Any]:
        """Post, or edit what was posted; returns the platform's name of it."""
        if not self.rests.admits(one.channel):
            raise DeliveryPostponed
        channel = self.channels[one.channel]
        details, origin = one.place_details or {}, one.origin or {}
        to = Destination(one.tenant, one.external_id, one.direct, details, origin, str(one.id), one.unclear)
        async with asyncio.timeout(self.send_seconds):
            if one.message_ref is None:
                return await channel.post(to, card)
            await channel.edit(to, one.message_ref, card)
        return one.message_ref

    async def _wait(self, line: Sequence[ClaimedDelivery], seconds: float) -> bool:
        until = self._after(seconds)
        await self._settle(partial(defer_destination, line=line, until=until))
        self.look_again((until - self.clock()).total_seconds())
        return False

    async def _put_back(self, line: Sequence[ClaimedDelivery]) -> bool:
        if line:
            await self._settle_alone(partial(release_deliveries, line=line))
            self.look_again(self.rests.seconds_left(line[0].channel))
        return False

    async def _unanswered(self, line: Sequence[ClaimedDelivery], error: Exception) -> bool:
        """A post that may be out is kept from being made twice; else it is tried again, now or when the channel is up.

        An edit is the same however often it is made.
        """
        one = line[0]
        is_down = self.rests.unanswered(one.channel, one.destination, error)
        if one.message_ref is None and isinstance(error, UNCERTAIN_ERRORS):
            await self._uncertain(one, error)
            return await self._put_back(line[1:]) if is_down else True
        if is_down:
            return await self._put_back(line)
        await self._failed(one, error)
        return True

    async def _uncertain(self, one: ClaimedDelivery, error: Exception) -> None:
        said = {"delivery": one.id, "channel": one.channel, "error": type(error).__name__, "given_up": one.unclear}
        log.warning("a card may be out, and may not", extra={"action": "delivery_unclear"} | said)
        jitter = self.random.random()
        what = partial(mark_uncertain, claimed=one, error=type(error).__name__)
        await self._settle(partial(what, jitter=jitter, now=self.clock()))
        self.look_again(0 if one.unclear else get_uncertain_delay(jitter))

    async def _refused(self, channel: str, no: Misconfigured) -> None:
        """Let the channel rest, and notify the administrators through the channels that still work."""
        self.rests.refused(channel, no)
        others = [name for name in self.channels if not self.rests.rests(name)]
        await self._settle(
            partial(notify_channel_refused, channel=channel, why=str(no), others=others, now=self.clock())
        )
        self.look_again(0)

    async def _unable(self, one: ClaimedDelivery, no: Rejected) -> None:
        said = {"delivery": one.id, "channel": one.channel, "why": str(no)}
        log.warning("a card will never be taken", extra={"action": "card_refused"} | said)
        await self._settle(partial(mark_rejected, claimed=one, error=str(no), now=self.clock()))
        self.look_again(0)

    async def _failed(self, one: ClaimedDelivery, error: Exception) -> None:
        said = {"delivery": one.id, "channel": one.channel, "attempt": one.attempts + 1, "error": type(error).__name__}
        log.warning("a delivery is tried again", extra={"action": "delivery_again"} | said)
        jitter = self.random.random()
        what = partial(mark_failed, claimed=one, error=type(error).__name__)
        is_over = await self._settle(partial(what, jitter=jitter, now=self.clock()))
        self.look_again(0 if is_over else get_retry_delay(one.attempts, jitter))

    def _after(self, seconds: float) -> datetime:
        wait = min(max(seconds, MIN_RETRY_DELAY_S), MAX_RETRY_DELAY_S) if math.isfinite(seconds) else MAX_RETRY_DELAY_S
        return self.clock() + timedelta(seconds=wait)

    async def _settle(self, act: SettleDelivery) -> object:
        """Write down what came of it, in a transaction of its own; a database that is busy is asked again."""
        return await self._settle_in(self.writing, act)

    async def _settle_alone(self, act: SettleDelivery) -> object:
        """Settle what is a single statement, without an explicit transaction; retry like `_settle`."""
        return await self._settle_in(self.autocommit, act)

    async def _settle_in(self, sessions: SessionFactory, act: SettleDelivery) -> object:
        for pause in (*SETTLE_RETRY_DELAYS_S, None):
            try:
                async with sessions.begin() as session:
                    return await act(session)
            except (SQLAlchemyError, OSError) as error:
                if pause is None:
                    raise
                log.warning("settling again", extra={"action": "settle_again", "error": type(error).__name__})
                await asyncio.sleep(pause)
        return None
