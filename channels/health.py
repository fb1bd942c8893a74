"""Is it alive, and is each part of it ready?"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

Probe = Callable[[], Awaitable[str | None]]
"""None where the part is well, else what troubles it, in a few words without secrets."""


@dataclass(slots=True)
class Health:
    """`vital` parts make the whole unready; the others degrade it.

    Anyone may ask whether it is ready; the parts are named to who brings `token`, or to anyone where it is None.
    """

    vital: Mapping[str, Probe]
    others: Mapping[str, Probe]
    token: str | None
    stopping: bool = False

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/healthz", self.alive)
        app.router.add_get("/readyz", self.ready)
        app.on_shutdown.append(self._leave)

    async def alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def ready(self, request: web.Request) -> web.Response:
        vital = {name: await probe() for name, probe in self.vital.items()}
        others = {name: await probe() for name, probe in self.others.items()}
        ready = not self.stopping and not any(vital.values())
        status = "stopping" if self.stopping else "ready" if ready else "unready"
        if ready and any(others.values()):
            status = "degraded"
        told: dict[str, object] = {"status": status}
        if self._may_know(request):
            told["parts"] = {name: trouble or "ok" for name, trouble in (vital | others).items()}
        return web.json_response(told, status=200 if ready else 503)

    def _may_know(self, request: web.Request) -> bool:
        if self.token is None:
            return True
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return bool(self.token) and hmac.compare_digest(given.encode(), self.token.encode())

    async def _leave(self, _app: web.Application) -> None:
        self.stopping = True
