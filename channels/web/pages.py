"""The pages of the web chat (GET requests)."""

import contextlib
import logging
from urllib.parse import quote

from aiohttp import hdrs, web
from sqlalchemy.exc import SQLAlchemyError

from bot.dispatch.dispatcher import Bot
from bot.protocol.elements import Quote
from channels.web import security
from channels.web.form_urls import load_web_form
from channels.web.live import LiveUpdates, TooManyMissedChanges, render_sse_event
from channels.web.people import search_web_people
from channels.web.render import WebReader, render_web_message, render_web_summary
from channels.web.security import RequestGuard, add_security_headers, parse_page_id, set_strict_cookie
from channels.web.store import ChatMessage, get_web_message, mark_conversation_read
from channels.web.views import (
    Conversation,
    ConversationState,
    get_conversation_slug,
    list_conversations,
    render_conversation_page,
    render_people_page,
)
from channels.web.visitor import Visitor, load_visitor
from engine.db.connection import DatabaseSession

log = logging.getLogger(__name__)

MAX_SUGGESTED_PEOPLE = 8
MAX_SEARCH_LENGTH = 100  # characters of a search


class WebPages:
    """The handlers of the pages. They only read, but mark as read what a page has shown."""

    def __init__(self, bot: Bot, guarded: RequestGuard, pages_live: LiveUpdates) -> None:
        self._bot = bot
        self._guard = guarded
        self._live = pages_live

    async def home(self, request: web.Request) -> web.StreamResponse:
        """Redirect to the first place, or to the choice of a person."""
        async with self._bot.reading.begin() as session:
            who = await load_visitor(session, request, self._guard)
        return redirect_to_page("/c/general" if who.person else "/who")

    async def who(self, request: web.Request) -> web.StreamResponse:
        """Show the page that asks who the visitor is."""
        async with self._bot.reading.begin() as session:
            who = await load_visitor(session, request, self._guard)
            html = await render_people_page(session, who, request.query.get("q", "")[:MAX_SEARCH_LENGTH])
        return self._page(html, who)

    async def people(self, request: web.Request) -> web.StreamResponse:
        """Return a few people as JSON, as suggestions after an "@". Raises 403 without a chosen person."""
        async with self._bot.reading.begin() as session:
            who = await load_visitor(session, request, self._guard)
            if not who.person:
                raise web.HTTPForbidden
            typed = request.query.get("q", "")[:MAX_SEARCH_LENGTH]
            found = await search_web_people(session, typed, limit=MAX_SUGGESTED_PEOPLE)
        fields = ("id", "name", "detail", "initials", "hue")
        return web.json_response([{name: getattr(person, name) for name in fields} for person in found])

    async def conversation(self, request: web.Request) -> web.StreamResponse:
        """Show one conversation. Raises 404."""
        before = parse_page_id(request.query["before"]) if "before" in request.query else None
        async with self._bot.reading.begin() as session:
            who = await load_visitor(session, request, self._guard)
            if not who.person:
                return redirect_to_page("/who")
            here = await find_conversation(session, request, who)
            draft = await _draft(session, request, who, here)
        return await self.opened(who, here, ConversationState(draft=draft, before=before))

    async def form(self, request: web.Request) -> web.StreamResponse:
        """Show one conversation with an open form, for pages without script. Raises 404."""
        async with self._bot.reading.begin() as session:
            who = await load_visitor(session, request, self._guard)
            if not who.person:
                return redirect_to_page("/who")
            here = await find_conversation(session, request, who)
        asked = await load_web_form(self._bot.conversations, request.match_info["token"], who, here)
        return await self.opened(who, here, asked)

    async def back(self, request: web.Request) -> web.StreamResponse:
        """Redirect a GET of a POST address to its conversation, or home."""
        slug = request.match_info.get("slug")
        return redirect_to_page(f"/c/{quote(slug)}" if slug else "/")

    async def opened(self, who: Visitor, here: Conversation, opened: ConversationState) -> web.Response:
        """Return the conversation's page, and mark what it shows as read."""
        async with self._bot.reading.begin() as session:
            html = await render_conversation_page(session, self.reader(who, here), who, here, self._bot.verbs, opened)
        if here.unread and opened.before is None:
            await self._mark_read(who.id, here.key, here.newest)
        return self._page(html, who)

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Stream the changes to one open page.

        The query's `as` is the person that the page was drawn for; a switch to another person ends the stream. Raises
        400 or 404.
        """
        async with self._bot.reading.begin() as session:
            who = await load_visitor(session, request, self._guard)
            if not who.person or request.query.get("as") != str(who.id):
                return web.Response(body=render_sse_event("stale", {}), content_type="text/event-stream")
            here = await find_conversation(session, request, who)
        since = request.headers.get("Last-Event-ID") or request.query.get("since", "")
        if not since.isdecimal() or len(since) > 18:
            raise web.HTTPBadRequest
        response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "text/event-stream", "X-Accel-Buffering": "no"})
        add_security_headers(response.headers)
        await response.prepare(request)
        try:
            await self._stream(response, who, here, int(since))
        except ConnectionResetError:
            return response  # the page was closed
        except (SQLAlchemyError, OSError) as error:  # the page reconnects by itself
            why = type(error).__name__
            log.warning("a live page cannot be fed", extra={"action": "web_stream_failed", "why": why})
        return response

    async def _stream(self, response: web.StreamResponse, who: Visitor, here: Conversation, since: int) -> None:
        await response.write(b"retry: 1000\n\n")
        try:
            async with contextlib.aclosing(self._live.changes(who.id, since, who.session.secret)) as changes:
                async for message in changes:
                    if message is None:
                        await response.write(b": still here\n\n")
                        continue
                    await response.write(
                        render_sse_event("message", _told(message, self.reader(who, here), here), message.change)
                    )
                    if message.conversation == here.key:
                        await self._mark_read(who.id, here.key, message.id)
        except TooManyMissedChanges:
            await response.write(render_sse_event("anew", {}))

    def reader(self, who: Visitor, here: Conversation) -> WebReader:
        """Build the reader for whom messages are drawn, with the current time."""
        return WebReader(who.id, who.copy, who.csrf, here.slug, self._bot.clock())

    async def _mark_read(self, person_id: int, key: str, message_id: int) -> None:
        async with self._bot.writing.begin() as session:
            await mark_conversation_read(session, person_id, key, message_id)

    def _page(self, html: str, who: Visitor) -> web.Response:
        response = web.Response(text=html, content_type="text/html")
        set_strict_cookie(response, security.READ_COOKIE, who.copy.language)
        if who.session.new:
            self._guard.keep(response, who.session)
        return response


def _told(message: ChatMessage, reader: WebReader, here: Conversation) -> dict[str, object]:
    """Return what the page's script gets: the message if its conversation is open, else only its id."""
    told: dict[str, object] = {
        "conversation": get_conversation_slug(message.conversation),
        "id": message.id,
        "version": message.version,
        "own": message.author_id == reader.person_id,
    }
    if message.conversation == here.key:
        told |= {"html": render_web_message(message, reader), "spoken": render_web_summary(message)}
    return told


async def _draft(session: DatabaseSession, request: web.Request, who: Visitor, here: Conversation) -> str:
    """Return the text that the composer opens with: the query's, or the words of a refused message to edit.

    Raises 404 if the person sees no such message here.
    """
    if "again" not in request.query:
        return request.query.get("draft", "")
    found = await get_web_message(session, parse_page_id(request.query["again"]))
    if found is None or found.conversation != here.key or not found.is_for(who.id) or not found.card:
        raise web.HTTPNotFound
    return next((part.words for part in found.card.body if isinstance(part, Quote)), "")


async def find_conversation(session: DatabaseSession, request: web.Request, who: Visitor) -> Conversation:
    """Return the conversation that the path or the query's `in` names. Raises 404."""
    wanted = request.match_info.get("slug") or request.query.get("in", "")
    for conversation in await list_conversations(session, who.id):
        if conversation.slug == wanted:
            return conversation
    raise web.HTTPNotFound


def redirect_to_page(path: str) -> web.Response:
    """Redirect with a GET request (303)."""
    return web.Response(status=303, headers={hdrs.LOCATION: path})
