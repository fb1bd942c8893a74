"""What the web chat shows: the GET side."""

import contextlib
import logging
from urllib.parse import quote

from aiohttp import hdrs, web
from sqlalchemy.exc import SQLAlchemyError

from bot.dispatch.dispatcher import Bot
from bot.protocol.elements import Quote
from channels.web import form_urls, live, people, render, security, store, views
from channels.web.live import Live, MissedTooMuch
from channels.web.render import Reader
from channels.web.security import Guard
from channels.web.store import Message
from channels.web.views import Conversation, Opened
from channels.web.visitor import Visitor, visitor
from engine.db.connection import Session

log = logging.getLogger(__name__)

MOST_SUGGESTED = 8

LONGEST_TYPED = 100  # characters of a search


class Pages:
    """Reads only; what a page has shown is marked as read."""

    def __init__(self, bot: Bot, guarded: Guard, pages_live: Live) -> None:
        self._bot = bot
        self._guard = guarded
        self._live = pages_live

    async def home(self, request: web.Request) -> web.StreamResponse:
        """The first place, or who are you."""
        async with self._bot.reading.begin() as session:
            who = await visitor(session, request, self._guard)
        return see_other("/c/general" if who.person else "/who")

    async def who(self, request: web.Request) -> web.StreamResponse:
        """Who are you?"""
        async with self._bot.reading.begin() as session:
            who = await visitor(session, request, self._guard)
            html = await views.people_page(session, who, request.query.get("q", "")[:LONGEST_TYPED])
        return self._page(html, who)

    async def people(self, request: web.Request) -> web.StreamResponse:
        """Suggestions after an "@": JSON, a few people."""
        async with self._bot.reading.begin() as session:
            who = await visitor(session, request, self._guard)
            if not who.person:
                raise web.HTTPForbidden
            typed = request.query.get("q", "")[:LONGEST_TYPED]
            found = await people.search(session, typed, limit=MOST_SUGGESTED)
        fields = ("id", "name", "detail", "initials", "hue")
        return web.json_response([{name: getattr(person, name) for name in fields} for person in found])

    async def conversation(self, request: web.Request) -> web.StreamResponse:
        """One conversation."""
        before = security.number(request.query["before"]) if "before" in request.query else None
        async with self._bot.reading.begin() as session:
            who = await visitor(session, request, self._guard)
            if not who.person:
                return see_other("/who")
            here = await place_at(session, request, who)
            draft = await _draft(session, request, who, here)
        return await self.opened(who, here, Opened(draft=draft, before=before))

    async def form(self, request: web.Request) -> web.StreamResponse:
        """One conversation with a form in front of it, for pages without script."""
        async with self._bot.reading.begin() as session:
            who = await visitor(session, request, self._guard)
            if not who.person:
                return see_other("/who")
            here = await place_at(session, request, who)
        asked = await form_urls.find(self._bot.conversations, request.match_info["token"], who, here)
        return await self.opened(who, here, asked)

    async def back(self, request: web.Request) -> web.StreamResponse:
        """Addresses that only take what is sent there lead back to the conversation, or home."""
        slug = request.match_info.get("slug")
        return see_other(f"/c/{quote(slug)}" if slug else "/")

    async def opened(self, who: Visitor, here: Conversation, opened: Opened) -> web.Response:
        """The conversation's page; all that it shows counts as read from now on."""
        async with self._bot.reading.begin() as session:
            html = await views.conversation_page(session, self.reader(who, here), who, here, self._bot.verbs, opened)
        if here.unread and opened.before is None:
            await self._mark_read(who.id, here.key, here.newest)
        return self._page(html, who)

    async def live(self, request: web.Request) -> web.StreamResponse:
        """The stream of one open page. `as` is who the page was drawn for: a switch elsewhere ends it."""
        async with self._bot.reading.begin() as session:
            who = await visitor(session, request, self._guard)
            if not who.person or request.query.get("as") != str(who.id):
                return web.Response(body=live.event("stale", {}), content_type="text/event-stream")
            here = await place_at(session, request, who)
        since = request.headers.get("Last-Event-ID") or request.query.get("since", "")
        if not since.isdecimal() or len(since) > 18:
            raise web.HTTPBadRequest
        response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "text/event-stream", "X-Accel-Buffering": "no"})
        security.armour(response.headers)
        await response.prepare(request)
        try:
            await self._stream(response, who, here, int(since))
        except ConnectionResetError:
            return response  # nobody listens any more
        except (SQLAlchemyError, OSError) as error:  # the page comes again by itself
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
                        live.event("message", _told(message, self.reader(who, here), here), message.change)
                    )
                    if message.conversation == here.key:
                        await self._mark_read(who.id, here.key, message.id)
        except MissedTooMuch:
            await response.write(live.event("anew", {}))

    def reader(self, who: Visitor, here: Conversation) -> Reader:
        """For whom a message is drawn, as of now."""
        return Reader(who.id, who.copy, who.csrf, here.slug, self._bot.clock())

    async def _mark_read(self, person_id: int, key: str, message_id: int) -> None:
        async with self._bot.writing.begin() as session:
            await store.mark_read(session, person_id, key, message_id)

    def _page(self, html: str, who: Visitor) -> web.Response:
        response = web.Response(text=html, content_type="text/html")
        security.set_cookie(response, security.READ_COOKIE, who.copy.language)
        if who.session.new:
            self._guard.keep(response, who.session)
        return response


def _told(message: Message, reader: Reader, here: Conversation) -> dict[str, object]:
    """What the page's script gets: the message itself where it is open, else only that there is one."""
    told: dict[str, object] = {
        "conversation": views.slug_of(message.conversation),
        "id": message.id,
        "version": message.version,
        "own": message.author_id == reader.person_id,
    }
    if message.conversation == here.key:
        told |= {"html": render.message(message, reader), "spoken": render.spoken(message)}
    return told


async def _draft(session: Session, request: web.Request, who: Visitor, here: Conversation) -> str:
    """The words that the composer opens with: some of ours to begin with, or their own, handed back by a message."""
    if "again" not in request.query:
        return request.query.get("draft", "")
    found = await store.get(session, security.number(request.query["again"]))
    if found is None or found.conversation != here.key or not found.is_for(who.id) or not found.card:
        raise web.HTTPNotFound
    return next((part.words for part in found.card.body if isinstance(part, Quote)), "")


async def place_at(session: Session, request: web.Request, who: Visitor) -> Conversation:
    """The conversation that the address (or `in`) names. Raises 404."""
    wanted = request.match_info.get("slug") or request.query.get("in", "")
    for conversation in await views.conversations(session, who.id):
        if conversation.slug == wanted:
            return conversation
    raise web.HTTPNotFound


def see_other(path: str) -> web.Response:
    """Go on there, with a GET."""
    return web.Response(status=303, headers={hdrs.LOCATION: path})
