"""The edge of the web chat: access, error pages, and the headers of every answer."""

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
    """`own` are the addresses of the chat, in the router's spelling.

    It also answers addresses without a handler. The addresses of other parts pass through.
    """

    def __init__(self, guarded: RequestGuard, own: Collection[str]) -> None:
        self._guard = guarded
        self._own = frozenset(own)

    @web.middleware
    async def handle(self, request: web.Request, handler: RequestHandler) -> web.StreamResponse:
        """Handle a request. This is the application's middleware."""
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
        """Return the handler's answer, or a page for its failure. A foreign site gets only a short refusal."""
        try:
            self._guard.admit(request)
        except web.HTTPForbidden as error:
            return web.Response(text=error.reason, status=error.status)
        CURRENT_TURN.set("")  # one connection carries many requests, and the log must not name the previous turn
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
    """Build a page that keeps what was typed, or one line for the page's script, which keeps it itself."""
    copy = choose_fallback_copy(request)
    headers = {hdrs.ALLOW: allowed} if allowed else {}
    if is_script_request(request):
        return web.Response(text=describe_http_status(copy, status), status=status, headers=headers)
    sent = request.get(security.FORM_FIELDS_KEY) or MultiDict[str]()
    again = request.path if sent and status >= web.HTTPInternalServerError.status_code else ""
    html = render_problem_page(copy, status, collect_typed_text(sent), again, list(sent.items()))
    return web.Response(text=html, content_type="text/html", status=status, headers=headers)
