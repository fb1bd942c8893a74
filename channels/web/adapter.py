"""The web chat: its routes, its start and stop, and the posts of the relay."""

from collections.abc import Collection
from typing import Any

from aiohttp import web
from sqlalchemy import select

from bot.dispatch.dispatcher import Bot
from bot.protocol.channel import Destination, DestinationGone, Rejected
from bot.protocol.elements import Card
from channels.web import people, static_files
from channels.web.actions import Actions
from channels.web.live import LiveUpdates
from channels.web.middleware import Middleware
from channels.web.pages import WebPages
from channels.web.people import find_web_person
from channels.web.security import RequestGuard
from channels.web.static_files import load_static_files, respond_with_file
from channels.web.store import add_web_message, get_own_conversation, replace_message_card
from engine.db.connection import DatabaseSession
from engine.db.statements import build_insert
from engine.outbox.places import Place

# each with its first setting for celebrations
DEFAULT_PLACES = {"general": False, "announcements": True, "wins": False}


class Web:
    """The web chat. Everyone may use it as any person, so build it only in development, for a loopback host.

    `hosts` are the allowed values of the Host header (`list_loopback_hosts(host, port)`).
    """

    name = people.WEB_CHANNEL

    def __init__(self, bot: Bot, *, hosts: Collection[str]) -> None:
        self._bot = bot
        self._guard = RequestGuard(hosts, lambda: bot.key)
        self._live = LiveUpdates(bot.reading)
        self._pages = WebPages(bot, self._guard, self._live)
        self._desk = Actions(bot, self._guard, self._pages, self._live)
        self._files = load_static_files(static_files.STATIC_FOLDER)

    def routes(self, app: web.Application) -> None:
        """Add the chat's routes to the application, and its middleware for addresses that no other part serves."""
        app.on_shutdown.append(self._end_live)  # before the server waits for open requests
        pages, desk = self._pages, self._desk
        routes = [
            web.get("/", pages.home),
            web.get("/who", pages.who),
            web.get("/who/", pages.who),
            web.post("/who", desk.choose),
            web.get("/people", pages.people),
            web.get("/live", pages.live),
            web.get("/language", pages.back),
            web.post("/language", desk.language),
            web.get("/c/{slug}", pages.conversation),
            web.get("/c/{slug}/", pages.back),
            web.get("/c/{slug}/{sent:say|press|form}", pages.back),
            web.post("/c/{slug}/say", desk.say),
            web.post("/c/{slug}/press", desk.press),
            web.post("/c/{slug}/form", desk.submit),
            web.get("/c/{slug}/form/{token}", pages.form),
            web.get("/static/{name}", self._static),
            web.get("/favicon.ico", self._favicon),
        ]
        own = {added.resource.canonical for added in app.router.add_routes(routes) if added.resource}
        app.middlewares.append(Middleware(self._guard, own).handle)

    async def start(self) -> None:
        """Create the default places if they are missing."""
        now = self._bot.clock()
        async with self._bot.writing.begin() as session:
            for name, announces in DEFAULT_PLACES.items():
                place = {
                    "channel": self.name,
                    "tenant": people.WEB_TENANT,
                    "external_id": name,
                    "name": f"#{name}",
                    "announces": announces,
                    "details": {},
                    "created_at": now,
                }
                await session.execute(build_insert(session, Place).values(place).on_conflict_do_nothing())

    async def stop(self) -> None:
        """End the live pages."""
        await self._live.stop()

    def trouble(self) -> str | None:
        """Return why the chat does not work, or None."""
        return self._live.trouble

    async def post(self, to: Destination, card: Card) -> dict[str, Any]:
        """Post the card to a place, or to a person's own conversation. Return {"message"}.

        Raises DestinationGone if there is no such place or person.
        """
        async with self._bot.writing.begin() as session:
            key = await (_own_conversation if to.direct else _place)(session, to.external_id)
            message_id = await add_web_message(session, key, self._bot.clock(), card=card)
        self._live.wake()
        return {"message": message_id}

    async def edit(self, to: Destination, ref: dict[str, Any], card: Card) -> None:
        """Replace the message by this card. Raises Rejected if it does not exist."""
        async with self._bot.writing.begin() as session:
            if not await replace_message_card(session, ref["message"], card):
                raise Rejected("the message is no more")
        self._live.wake()

    async def _end_live(self, app: web.Application) -> None:
        await self._live.stop()

    async def _static(self, request: web.Request) -> web.StreamResponse:
        return respond_with_file(self._files, request.match_info["name"], request)

    async def _favicon(self, request: web.Request) -> web.StreamResponse:
        return respond_with_file(self._files, static_files.LAUREL_ICON_FILE, request)


async def _own_conversation(session: DatabaseSession, account: str) -> str:
    person = await find_web_person(session, account)
    if person is None:
        raise DestinationGone
    return get_own_conversation(person)


async def _place(session: DatabaseSession, name: str) -> str:
    found = select(Place.id).where(Place.channel == Web.name, Place.external_id == name, Place.closed_at.is_(None))
    if await session.scalar(found) is None:
        raise DestinationGone
    return name
