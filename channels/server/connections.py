"""Limits on connections: how many are open, and how long each may take for its request."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, cast

from aiohttp import web

from channels.server.bodies import SlowBody
from engine.log_rate import LogRate

log = logging.getLogger(__name__)

ProtocolFactory = Callable[[], asyncio.Protocol]

State = Literal["new", "busy", "idle"]


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """The limits of one replica, for all of its connections."""

    headers_s: float = 20.0  # until the first request has its headers
    body_s: float = 30.0  # from the headers to the end of the body
    keep_alive_s: float = 75.0  # between two requests: load balancers wait up to 60 seconds
    lingering_s: float = 5.0  # for the rest of a refused body
    connections: int = 500  # at once: well below the 1024 file descriptors that a process often has


@dataclass(slots=True, eq=False)
class ConnectionGuard:
    """Closes silent connections, and replaces idle ones by new ones when too many are open."""

    limits: ConnectionLimits
    open: dict[asyncio.Transport, State] = field(default_factory=dict)  # the oldest first
    _closed: LogRate = field(default_factory=LogRate)

    def watch(self, server: ProtocolFactory) -> ProtocolFactory:
        """Wrap the protocol factory of `server`, so that this guard sees each connection."""
        return lambda: GuardedConnection(server(), self)

    @web.middleware
    async def time_body(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Limit the time for a request's body. It must be the application's outermost middleware."""
        transport = request.transport
        if transport in self.open:
            self.open[transport] = "busy"
        overdue = asyncio.get_running_loop().call_later(self.limits.body_s, self._end_body, request)
        try:
            return await handler(request)
        finally:
            overdue.cancel()
            if transport in self.open:
                self.open[transport] = "idle"

    def admit(self, transport: asyncio.Transport) -> bool:
        """Register a new connection. Return False if it was closed instead.

        Above the limit, the oldest one without a request is closed, or this one if all are busy.
        """
        if len(self.open) >= self.limits.connections:
            spare = self._find_spare() or transport
            self._tell("too many at once")
            spare.abort()
            self.open.pop(spare, None)
            if spare is transport:
                return False
        self.open[transport] = "new"
        asyncio.get_running_loop().call_later(self.limits.headers_s, self._end_silence, transport)
        return True

    def _find_spare(self) -> asyncio.Transport | None:
        for state in ("new", "idle"):
            for transport, current in self.open.items():
                if current == state:
                    return transport
        return None

    def _tell(self, why: str) -> None:
        if times := self._closed.count():
            log.warning("connections were closed", extra={"action": "connections_closed", "times": times, "last": why})

    def _end_silence(self, transport: asyncio.Transport) -> None:
        if self.open.get(transport) == "new":
            self._tell("no request in time")
            transport.abort()

    def _end_body(self, request: web.Request) -> None:
        if not request.content.is_eof():
            self._tell("no body in time")
            request.content.set_exception(SlowBody())


class GuardedConnection(asyncio.Protocol):
    """The server's own protocol for one connection, reported to the guard as it opens and closes."""

    def __init__(self, served: asyncio.Protocol, guard: ConnectionGuard) -> None:
        self._served, self._guard = served, guard
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        taken = cast("asyncio.Transport", transport)
        if self._guard.admit(taken):
            self._transport = taken
            self._served.connection_made(taken)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport:
            self._guard.open.pop(self._transport, None)
            self._served.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._served.data_received(data)

    def eof_received(self) -> bool | None:
        return self._served.eof_received()

    def pause_writing(self) -> None:
        self._served.pause_writing()

    def resume_writing(self) -> None:
        self._served.resume_writing()
