"""Is it alive, and is each part of it ready?"""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from aiohttp import web

from channels.server.time_limits import TIME_LIMITS

Probe = Callable[[], Awaitable[str | None]]
"""None where the part is well, else what troubles it, in a few words without secrets. What it raises troubles it."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Health:
    """`vital` parts make the whole unready; the others degrade it; `notes` are worth knowing, and degrade nothing.

    Anyone may ask whether it is ready; the parts are named to who brings `token`, or to anyone where it is None.
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
        """Every part is asked at the same time; one that still owes an answer is not asked once more."""
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
        # headers may hold bytes that are no UTF-8
        return bool(self.token) and hmac.compare_digest(given.encode(errors="surrogateescape"), self.token.encode())


HEALTH_KEY = web.AppKey("health", Health)


def _trouble(answer: asyncio.Task[str | None]) -> str | None:
    """What one part said. What it was doing may take a while to give up: nobody waits for that."""
    error = answer.exception() if answer.done() else TimeoutError()
    return f"no answer ({type(error).__name__})" if error else answer.result()
