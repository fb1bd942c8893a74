"""Live pages: one poller in each process reads the changes and passes them to the open pages."""

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

LIVE_POLL_INTERVAL_S = 0.3  # seconds between two polls for changes by other processes
LIVE_HEARTBEAT_INTERVAL_S = 15.0  # seconds
MAX_QUEUED_CHANGES = 200  # changes queued for one slow page; beyond them it has to reconnect
MAX_REPLAYED_CHANGES = 300  # changes replayed to a page; beyond them it has to reload


@dataclass(eq=False, slots=True)
class PageListener:
    """One open page. None in the queue ends its stream."""

    person_id: int
    browser: str = ""  # the browser's secret; it may show several pages
    queue: asyncio.Queue[ChatMessage | None] = field(default_factory=lambda: asyncio.Queue(MAX_QUEUED_CHANGES))

    def offer(self, message: ChatMessage) -> bool:
        """Queue a message. If the queue is full, end the stream and return False."""
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            self.end()
            return False
        return True

    def end(self) -> None:
        """End the stream and drop what is queued: the page reconnects and catches up."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class LiveUpdates:
    """Passes changes to all open pages. It polls the database only while a page is open."""

    def __init__(self, reading: SessionFactory) -> None:
        self._reading = reading
        self._listeners: set[PageListener] = set()
        self._stirred = asyncio.Event()
        self._poller: asyncio.Task[None] | None = None
        self._told = 0  # the number of the last change passed on
        self._over = False
        self.trouble: str | None = None

    def wake(self) -> None:
        """Poll now, after a change by this process."""
        self._stirred.set()

    async def stop(self) -> None:
        """End all streams and the poller. Later listeners end at once."""
        self._over = True
        for listener in list(self._listeners):
            listener.end()
        if self._poller:
            self._poller.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._poller

    def leave(self, browser: str) -> None:
        """End the streams of a browser that switches to another person. Its pages reconnect and notice the switch."""
        for listener in list(self._listeners):
            if listener.browser == browser:
                listener.end()

    async def changes(self, person_id: int, since: int, browser: str = "") -> AsyncGenerator[ChatMessage | None]:
        """Yield each message the person may see that changed after `since`. None is a heartbeat.

        Raises TooManyMissedChanges if the page should be reloaded.
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
            if not self._listeners:  # a page that joined meanwhile would miss changes
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
    """The page was away for too long, and has to be reloaded."""


async def _arriving(listener: PageListener) -> AsyncIterator[ChatMessage | None]:
    """Yield what the poller passes on, and None at intervals, so that a dead connection is noticed."""
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
    """Render one server-sent event. Its data is JSON on one line."""
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=True)}\n\n".encode()
