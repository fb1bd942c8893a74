"""The relay: claims what is due, has it sent outside any transaction, destination by destination."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter
from random import Random
from uuid import UUID

from bot.delivery.announcements import DRAW_BY_KIND, DrawCard
from bot.delivery.card_builder import CardBuilder
from bot.delivery.circuit_breaker import CircuitBreaker
from bot.delivery.rate_limit import RateLimiter
from bot.delivery.sender import Sender
from bot.protocol.channel import Channel
from engine.db.autocommit import build_autocommit_sessions
from engine.db.connection import SessionFactory
from engine.db.listening import NotificationListener
from engine.delivery.claiming import claim_deliveries, is_any_due
from engine.delivery.claims import ClaimedDelivery, count_parked, get_oldest_due
from engine.outbox.notifications import DELIVERIES_CHANNEL

log = logging.getLogger(__name__)

MAX_CONCURRENT_DESTINATIONS = 16  # destinations served at the same time
RELAY_POLL_S = 1.0  # seconds between looks where nobody wakes us: other replicas publish too
EMBEDDED_POLL_S = 5.0  # the same on SQLite: nearly all that publishes is in this process, and wakes us
SAFETY_POLL_S = 15.0  # the same where each transaction that publishes wakes us
SEND_TIMEOUT_S = 15.0  # one call to a platform
DELIVERY_LEASE_S = 90.0
CLOCK_TOLERANCE_S = 0.01  # by which the clock may be behind the loop's timer: too early is found nothing

FAILURE_REPORT_WINDOW = timedelta(
    days=7
)  # what was given up before is old news: whom nothing reaches would trouble us for ever

OVERDUE_AFTER = timedelta(minutes=5)  # what has been due for so long is worth an administrator's eye


@dataclass(slots=True)
class Relay:
    """One sender among any number of replicas. `random` need not be secret, only different in each of them.

    `listen_url` is where PostgreSQL can notify us, not through a pooler; without it the database is polled.
    """

    writing: SessionFactory
    reading: SessionFactory
    channels: Mapping[str, Channel]
    clock: Callable[[], datetime]
    random: Random
    pace: RateLimiter
    key: bytes = b""  # signs the buttons on cards
    draws: Mapping[str, DrawCard] = field(default_factory=lambda: DRAW_BY_KIND)
    send_seconds: float = SEND_TIMEOUT_S
    listen_url: str = ""
    safety_poll_s: float = SAFETY_POLL_S
    _autocommit: SessionFactory = field(init=False)
    _looking: SessionFactory = field(init=False)
    _rests: CircuitBreaker = field(init=False)
    _drawing: CardBuilder = field(init=False)
    _serving: dict[str, asyncio.Task[None]] = field(default_factory=dict, init=False)  # by destination
    _woken: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _over: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _stopping: bool = field(default=False, init=False)
    _is_embedded: bool = field(init=False)
    _listener: NotificationListener = field(init=False)
    _passed_over: bool = field(default=False, init=False)  # the last look left out what is served, or was full

    def __post_init__(self) -> None:
        self._autocommit = build_autocommit_sessions(self.writing)
        database = self.writing.kw["bind"]
        self._is_embedded = database.dialect.name == "sqlite"
        self._listener = NotificationListener(self.listen_url, database, DELIVERIES_CHANNEL, self._woken.set)
        self._rests = CircuitBreaker(self.clock)
        self._looking = build_autocommit_sessions(self.reading)
        self._drawing = CardBuilder(self._looking, self.draws, lambda: self.key)
        self._over.set()

    def wake(self) -> None:
        """Look for deliveries now instead of at the next poll. Call it from the relay's own event loop only."""
        if not self._listener.is_listening:  # else the database has said so, or is about to
            self._woken.set()

    async def run(self) -> None:
        """Send what becomes due, until `stop`."""
        self._over.clear()
        listens = self.listen_url and not self._is_embedded
        listening = asyncio.create_task(self._listener.run(), name="relay listens") if listens else None
        try:
            while not self._stopping:
                self._woken.clear()
                await self._look()
                await self._sleep()
        finally:
            if listening:
                listening.cancel()
                await asyncio.wait([listening])
            await self._finish()
            self._over.set()

    async def drain(self) -> None:
        """Send until no delivery is due."""
        while True:
            busy = bool(self._serving)  # what is served now was left out of the claim: look once more after it
            if not await self._begin() and not busy:
                return
            if self._serving:
                await asyncio.wait(self._serving.values(), return_when=asyncio.FIRST_COMPLETED)

    async def stop(self) -> None:
        """Finish the calls in progress, release the other deliveries, and end `run`."""
        self._stopping = True
        self._woken.set()
        await self._over.wait()
        await self._finish()

    async def trouble(self) -> str | None:
        """Return what an administrator should know, in a short text; None if all is well."""
        async with self.reading.begin() as session:
            parked = await count_parked(session, since=self.clock() - FAILURE_REPORT_WINDOW)
            oldest = await get_oldest_due(session, self.clock())
        troubles = self._rests.troubles()
        if parked:
            troubles.append(f"{parked} parked")
        if oldest and self.clock() - oldest > OVERDUE_AFTER:
            troubles.append(f"due since {oldest.isoformat(timespec='seconds')}")
        return "; ".join(troubles) or None

    async def _look(self) -> None:
        """Start serving the due deliveries. If the claim fails, log the error and look again later."""
        try:
            await self._begin()
        except Exception:  # the edge: a database that is away comes back
            log.exception("the relay could not claim", extra={"action": "claim_failed"})
            self.look_again(RELAY_POLL_S)

    def look_again(self, seconds: float) -> None:
        """Look in so many seconds: something is due then."""
        asyncio.get_running_loop().call_later(seconds + CLOCK_TOLERANCE_S, self._woken.set)

    async def _begin(self) -> bool:
        claimed = await self._claim()
        sender = Sender(
            self.writing,
            self._autocommit,
            self._drawing,
            self.channels,
            self.clock,
            self.random,
            self.pace,
            self._rests,
            self.send_seconds,
            lambda: self._stopping,
            self.look_again,
        )
        lines = _lines(claimed)
        self.random.shuffle(lines)  # where one of them tries a silent channel, it is not always the same
        for destination, line in lines:
            task = asyncio.create_task(sender.serve(line), name=f"relay {destination}")
            self._serving[destination] = task
            task.add_done_callback(partial(self._served, destination))
        return bool(claimed)

    async def _claim(self) -> list[ClaimedDelivery]:
        free = MAX_CONCURRENT_DESTINATIONS - len(self._serving)
        channels = [name for name in self.channels if not self._rests.rests(name)]
        self._passed_over = bool(self._serving)
        if self._stopping or not free or not channels:
            return []
        now, without = self.clock(), self._serving.keys()
        if self._is_embedded and not await is_any_due(self._looking, now=now, channels=channels, without=without):
            return []
        async with self._autocommit.begin() as session:
            claimed = await claim_deliveries(
                session,
                now=now,
                limit=free,
                lease_seconds=DELIVERY_LEASE_S,
                token=str(UUID(int=self.random.getrandbits(128), version=4)),
                channels=channels,
                without=without,
            )
        self._passed_over |= len(claimed) == free
        return claimed

    def _served(self, destination: str, _task: asyncio.Task[None]) -> None:
        del self._serving[destination]
        if self._passed_over:
            self._woken.set()

    async def _sleep(self) -> None:
        try:
            async with asyncio.timeout(self._poll_s):
                await self._woken.wait()
        except TimeoutError:
            return

    @property
    def is_listening(self) -> bool:
        """Return whether the database notifies the relay of new deliveries."""
        return self._listener.is_listening

    @property
    def _poll_s(self) -> float:
        if self._listener.is_listening:
            return self.safety_poll_s
        return EMBEDDED_POLL_S if self._is_embedded else RELAY_POLL_S

    async def _finish(self) -> None:
        if self._serving:
            await asyncio.wait(list(self._serving.values()))


def _lines(claimed: Iterable[ClaimedDelivery]) -> list[tuple[str, list[ClaimedDelivery]]]:
    """Group the deliveries by destination, each group in the order of the claim."""
    where = attrgetter("destination")
    return [(destination, list(line)) for destination, line in groupby(sorted(claimed, key=where), key=where)]
