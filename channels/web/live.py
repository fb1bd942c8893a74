"""Live pages: one poller a process watches for changes and hands them to whoever listens."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from channels.web.store import ChatMessage, get_last_change, list_changed_messages
from engine.db.connection import SessionFactory

log = logging.getLogger(__name__)

LIVE_POLL_INTERVAL_S = 0.3  # seconds between two looks for what another process has written
LIVE_HEARTBEAT_INTERVAL_S = 15.0  # seconds
MAX_QUEUED_CHANGES = 200  # changes that may wait for one slow listener; then it must come again and catch up
MAX_REPLAYED_CHANGES = 300  # changes that are replayed; who missed more loads the page anew


@dataclass(eq=False, slots=True)
class PageListener:
    """One open page. None in the queue means: the stream ends here."""

    person_id: int
    browser: str = ""  # whose: one browser may show several pages
    queue: asyncio.Queue[ChatMessage | None] = field(default_factory=lambda: asyncio.Queue(MAX_QUEUED_CHANGES))

    def offer(self, message: ChatMessage) -> bool:
        """Hand a message over. False where the queue is full: the stream is ended instead."""
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            self.end()
            return False
        return True

    def end(self) -> None:
        """End the stream, dropping what still waits: the page comes back and catches up."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class LiveUpdates:
    """The fan-out. It looks into the database only while somebody listens."""

    def __init__(self, reading: SessionFactory) -> None:
        self._reading = reading
        self._listeners: set[PageListener] = set()
        self._stirred = asyncio.Event()
        self._poller: asyncio.Task[None] | None = None
        self._told = 0  # the number of the last change that was handed out
        self._over = False
        self.trouble: str | None = None

    def wake(self) -> None:
        """Something was written here: look now."""
        self._stirred.set()

    async def stop(self) -> None:
        """End every stream and the poller; whoever comes from now on is sent away at once."""
        self._over = True
        for listener in list(self._listeners):
            listener.end()
        if self._poller:
            self._poller.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._poller

    def leave(self, browser: str) -> None:
        """The browser is used as somebody else from now on: its pages come again, and are told so."""
        for listener in list(self._listeners):
            if listener.browser == browser:
                listener.end()

    async def changes(self, person_id: int, since: int, browser: str = "") -> AsyncGenerator[ChatMessage | None]:
        """Every message the person may see, written or edited after the change `since`. None is a heartbeat.

        Raises MissedTooMuch where the page had better be loaded anew.
        """
        listener = PageListener(person_id, browser)
        await self._join(listener)
        try:
            told = since
            for message in await self._missed(since):
                told = message.change
                if message.is_for(person_id):
                    yield message
            async for news in _arriving(listener):
                if news is None or news.change > told:
                    yield news
        finally:
            self._listeners.discard(listener)

    async def _join(self, listener: PageListener) -> None:
        if not self._listeners:
            async with self._reading.begin() as session:
                newest = await get_last_change(session)
            if not self._listeners:  # nobody came meanwhile, whom this would make miss something
                self._told = newest
        self._listeners.add(listener)
        if self._over:
            listener.end()
            return
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())

    async def _missed(self, since: int) -> list[ChatMessage]:
        async with self._reading.begin() as session:
            missed = await list_changed_messages(session, since, limit=MAX_REPLAYED_CHANGES + 1)
        if len(missed) > MAX_REPLAYED_CHANGES:
            raise TooManyMissedChanges
        return missed

    async def _poll(self) -> None:
        while self._listeners:
            try:
                await self._look()
                self.trouble = None
            except (SQLAlchemyError, OSError) as error:
                self.trouble = f"the messages cannot be read ({type(error).__name__})"
                log.warning("the web chat cannot read its messages", extra={"action": "web_poll_failed"})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stirred.wait(), LIVE_POLL_INTERVAL_S)
            self._stirred.clear()

    async def _look(self) -> None:
        async with self._reading.begin() as session:
            news = await list_changed_messages(session, self._told, limit=MAX_QUEUED_CHANGES)
        for message in news:
            self._told = message.change
            for listener in list(self._listeners):
                if message.is_for(listener.person_id) and not listener.offer(message):
                    self._listeners.discard(listener)


class TooManyMissedChanges(Exception):
    """The page was away for too long to be brought up to date change by change."""


async def _arriving(listener: PageListener) -> AsyncIterator[ChatMessage | None]:
    """What the poller hands over; None now and then, so that a dead connection is noticed."""
    while True:
        try:
            message = await asyncio.wait_for(listener.queue.get(), LIVE_HEARTBEAT_INTERVAL_S)
        except TimeoutError:
            yield None
            continue
        if message is None:
            return
        yield message


def render_sse_event(name: str, data: object, number: int | None = None) -> bytes:
    """One server-sent event. JSON keeps it on one line."""
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=True)}\n\n".encode()
