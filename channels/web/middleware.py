"""The edge of the web chat: who may ask at all, how a failure is told, the headers that every answer carries."""

import logging
from collections.abc import Awaitable, Callable, Collection

from aiohttp import hdrs, web
from multidict import MultiDict
from sqlalchemy.exc import SQLAlchemyError

from bot.protocol.context import CURRENT_PERSON, CURRENT_TURN
from channels.web import security
from channels.web.inbound import collect_typed_text
from channels.web.security import RequestGuard, add_security_headers
from channels.web.views import describe_http_status, render_problem_page
from channels.web.visitor import choose_fallback_copy, is_script_request

log = logging.getLogger(__name__)

RequestHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Middleware:
    """`own` are the addresses of the chat, as the router writes them.

    What nobody serves is answered here too; what another part serves is left to that part.
    """

    def __init__(self, guarded: RequestGuard, own: Collection[str]) -> None:
        self._guard = guarded
        self._own = frozenset(own)

    @web.middleware
    async def handle(self, request: web.Request, handler: RequestHandler) -> web.StreamResponse:
        """The application's middleware."""
        if not self._is_ours(request):
            return await handler(request)
        response = await self._answer(request, handler)
        if not response.prepared:
            add_security_headers(response.headers)
        return response

    def _is_ours(self, request: web.Request) -> bool:
        found = request.match_info
        resource = found.route.resource
        return found.http_exception is not None or resource is None or resource.canonical in self._own

    async def _answer(self, request: web.Request, handler: RequestHandler) -> web.StreamResponse:
        """What the handler says, or what went wrong in words. A foreign page is told as little as can be."""
        try:
            self._guard.admit(request)
        except web.HTTPForbidden as error:
            return web.Response(text=error.reason, status=error.status)
        CURRENT_TURN.set("")  # one connection brings many requests: the log must not name the one before
        CURRENT_PERSON.set(self._guard.session(request).person_id)
        try:
            return await handler(request)
        except web.HTTPException as error:
            return _told(request, error.status, error.headers.get(hdrs.ALLOW))
        except (SQLAlchemyError, OSError):
            log.exception("a page failed: the database does not answer", extra={"action": "web_failed"})
            return _told(request, web.HTTPServiceUnavailable.status_code)
        except Exception:
            log.exception("a page failed", extra={"action": "web_failed"})
            return _told(request, web.HTTPInternalServerError.status_code)


def _told(request: web.Request, status: int, allowed: str | None = None) -> web.Response:
    """A page with what was typed on it, or one line for the page's own script, which keeps what was typed."""
    copy = choose_fallback_copy(request)
    headers = {hdrs.ALLOW: allowed} if allowed else {}
    if is_script_request(request):
        return web.Response(text=describe_http_status(copy, status), status=status, headers=headers)
    sent = request.get(security.FORM_FIELDS_KEY) or MultiDict[str]()
    again = request.path if sent and status >= web.HTTPInternalServerError.status_code else ""
    html = render_problem_page(copy, status, collect_typed_text(sent), again, list(sent.items()))
    return web.Response(text=html, content_type="text/html", status=status, headers=headers)
