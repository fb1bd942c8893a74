"""Health checks: whether the process lives, and whether each of its parts is ready."""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from aiohttp import web

from channels.server.time_limits import TIME_LIMITS

Probe = Callable[[], Awaitable[str | None]]
"""Returns None if the part works, else its fault in a few words without secrets. An exception counts as a fault."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Health:
    """The answers of `/healthz` and `/readyz`.

    A fault of a `vital` part makes the whole unready, one of the `others` degrades it; `notes` are hints without
    effect. All callers get the status. Only a caller with `token` gets the parts by name, or everyone if it is None.
    """

    vital: Mapping[str, Probe]
    others: Mapping[str, Probe]
    token: str | None
    probe_s: float = TIME_LIMITS.probe_s
    notes: Mapping[str, Callable[[], str | None]] = field(default_factory=dict)
    stopping: bool = False
    _asked: dict[str, asyncio.Task[str | None]] = field(default_factory=dict, init=False)

    def routes(self, app: web.Application) -> None:
        app[HEALTH_KEY] = self
        app.router.add_get("/healthz", self.alive)
        app.router.add_get("/readyz", self.ready)

    async def alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def ready(self, request: web.Request) -> web.Response:
        troubles = await self._troubles()
        ready = not self.stopping and not any(troubles[name] for name in self.vital)
        status = "stopping" if self.stopping else "ready" if ready else "unready"
        if ready and any(troubles.values()):
            status = "degraded"
        told: dict[str, object] = {"status": status}
        if self._may_know(request):
            told["parts"] = {name: trouble or "ok" for name, trouble in troubles.items()}
            if notes := {name: said for name, note in self.notes.items() if (said := note())}:
                told["notes"] = notes
        return web.json_response(told, status=200 if ready else 503)

    async def _troubles(self) -> dict[str, str | None]:
        """Return the fault of each part, or None.

        All parts are asked at the same time. One that is still busy with an earlier answer is not asked again.
        """
        for name, probe in {**self.vital, **self.others}.items():
            if name not in self._asked:
                self._asked[name] = asyncio.create_task(self._soon(probe))
                self._asked[name].add_done_callback(partial(self._answered, name))
        asked = dict(self._asked)
        await asyncio.wait(asked.values(), timeout=self.probe_s)
        return {name: _trouble(answer) for name, answer in asked.items()}

    async def _soon(self, probe: Probe) -> str | None:
        async with asyncio.timeout(self.probe_s):
            return await probe()

    def _answered(self, name: str, answer: asyncio.Task[str | None]) -> None:
        del self._asked[name]
        if not answer.cancelled() and (error := answer.exception()):
            log.warning("a part does not answer", extra={"part": name, "error": type(error).__name__})

    def _may_know(self, request: web.Request) -> bool:
        if self.token is None:
            return True
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        # headers may hold bytes other than UTF-8
        return bool(self.token) and hmac.compare_digest(given.encode(errors="surrogateescape"), self.token.encode())


HEALTH_KEY = web.AppKey("health", Health)


def _trouble(answer: asyncio.Task[str | None]) -> str | None:
    """Return the fault of one part. An unfinished probe counts as no answer."""
    error = answer.exception() if answer.done() else TimeoutError()
    return f"no answer ({type(error).__name__})" if error else answer.result()
