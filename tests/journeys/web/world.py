"""The web chat with a small bot of its own, and a browser without script to use it."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser

from aiohttp import ClientResponse, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from bot.dialogs.dialog import CommandSpec, Dialog, DialogContext
from bot.dispatch.conversation_store import TableConversationStore
from bot.dispatch.dispatcher import Bot
from bot.protocol.button_tokens import sign_button_token
from bot.protocol.elements import Button, Card, Mention, Quote, Text
from bot.protocol.forms import ChoiceField, DateField, Form, NumberField, Option, PersonField, TextField, ToggleField
from bot.protocol.turns import Ask, Reply, Say, Submission, Update, Words
from channels.web.adapter import Web
from channels.web.security import list_loopback_hosts
from engine.db.connection import SessionFactory
from engine.errors import Refused
from tests.conftest import Clock
from tests.ports import Port

KEY = b"a key of the tests, 32 bytes long"
FORM = Form(
    "thanks",
    "Say thanks",
    (
        PersonField("who", "Who?", many=True),
        TextField("words", "What for?", maximum=40, hint="In a few words"),
        ChoiceField(
            "mood", "How?", (Option("warm", "Warmly"), Option("loud", "Loudly", "with a drum")), required=False
        ),
        ChoiceField("tags", "Tags", tuple(Option(f"t{i}", f"Tag {i}") for i in range(8)), many=True, required=False),
        ChoiceField("size", "Size", tuple(Option(f"s{i}", f"Size {i}") for i in range(8)), required=False),
        NumberField("points", "Points", 1, 9, required=False),
        DateField("day", "When?", required=False),
        ToggleField("private", "In private"),
    ),
    "Send it",
)


@dataclass
class Game:
    """The bot's own part in these tests: four commands, and what reached them."""

    turns: list[tuple[str, Words]] = field(default_factory=list)
    submitted: list[Submission] = field(default_factory=list)

    async def hello(self, talk: DialogContext, words: Words) -> Reply:
        self.turns.append(("hello", words))
        wave = Button("Wave", sign_button_token("wave", "hello-1", talk.key))
        return Say(Card("Hello", f"Hello, {talk.person.display_name}", (Text(words),), (wave,)))

    async def shout(self, talk: DialogContext, words: Words) -> Reply:
        self.turns.append(("shout", words))
        return Say(Card("Hear, hear", "A shout", (Text(words),)), private=False)

    async def refuse(self, talk: DialogContext, words: Words) -> Reply:
        raise Refused("self_kudos")

    async def ask(self, talk: DialogContext, words: Words) -> Reply:
        people = tuple(Mention(p.display_name, p.id, a) for a, p in talk.known.items() if p.id != talk.person.id)
        return Ask(FORM, {"who": people})

    async def wave(self, talk: DialogContext, subject: str) -> Reply:
        self.turns.append(("wave", (subject,)))
        return Update(Card("Waved", "You waved"))

    async def thank(self, talk: DialogContext, turn: Submission) -> Reply:
        self.submitted.append(turn)
        if turn.answers["words"] == ("no",):
            raise Refused("self_kudos")
        return Say(Card("Thanked", "You said thanks", (Quote(str(turn.answers["words"][0])),)))

    @property
    def verbs(self) -> tuple[CommandSpec, ...]:
        async def form(talk: DialogContext) -> Form:
            return FORM

        dialog = Dialog("thanks", form, self.thank, {"self_kudos": "words"}, {"wave": self.wave})
        commands = {"hello": self.hello, "shout": self.shout, "refuse": self.refuse, "ask": self.ask}
        return tuple(CommandSpec(name, dialog, act, writes=True) for name, act in commands.items())


@dataclass
class World:
    """Everything of one running web chat."""

    game: Game
    bot: Bot
    web: Web
    server: TestServer

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    @asynccontextmanager
    async def browser(self, **headers: str) -> AsyncIterator["Browser"]:
        async with TestClient(self.server, cookie_jar=CookieJar(unsafe=True)) as client:
            yield Browser(self, client, headers)


@asynccontextmanager
async def serving(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[World]:
    """A running web chat with the small bot."""
    game = Game()
    bot = Bot(writing, reading, TableConversationStore(writing, reading, clock), game.verbs, clock, KEY)
    async with running(bot) as (channel, server):
        yield World(game, bot, channel, server)


@asynccontextmanager
async def running(bot: Bot) -> AsyncIterator[tuple[Web, TestServer]]:
    """A running web chat with any bot."""
    port = Port()
    channel = Web(bot, hosts=list_loopback_hosts("127.0.0.1", port.number))
    app = web.Application()
    channel.routes(app)
    await channel.start()
    server = port.server(app)
    await server.start_server()
    try:
        yield channel, server
    finally:
        await server.close()
        await channel.stop()


@dataclass
class Browser:
    """What one browser does, script or no script. `page` is the last page that it got."""

    world: World
    client: TestClient
    headers: dict[str, str]
    page: str = ""
    nonces: int = 0

    async def get(self, path: str, **headers: str) -> ClientResponse:
        answer = await self.client.get(path, headers=self.headers | headers)
        if answer.content_type == "text/html":
            self.page = await answer.text()
        return answer

    async def post(self, path: str, fields: object = (), *, follow: bool = True, **headers: str) -> ClientResponse:
        """Send a form with the token of the last page and a new nonce, unless `fields` bring their own."""
        self.nonces += 1
        own = {"csrf": self.token, "nonce": f"nonce-{self.nonces:06}"}
        given = list(fields.items()) if isinstance(fields, dict) else list(fields)  # type: ignore[call-overload]
        data = [(k, v) for k, v in own.items() if k not in dict(given)] + given
        sent = self.headers | {"Origin": self.world.origin} | headers
        answer = await self.client.post(path, data=data, headers=sent, allow_redirects=follow)
        if answer.content_type == "text/html":
            self.page = await answer.text()
        return answer

    async def be(self, person_id: int) -> "Browser":
        await self.get("/who")
        answer = await self.post("/who", {"person": str(person_id)})
        assert answer.status == 200, answer.status
        return self

    async def say(self, text: str, place: str = "general", **fields: str) -> ClientResponse:
        return await self.post(f"/c/{place}/say", {"text": text} | fields)

    @property
    def token(self) -> str:
        return self.hidden("csrf")

    def hidden(self, name: str) -> str:
        """The value of the last hidden field of that name on the page."""
        return re.findall(rf'name="{name}" value="([^"]*)"', self.page)[-1]

    @property
    def text(self) -> str:
        return text_of(self.page)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(html: str) -> str:
    """What a reader sees: the text nodes."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)


def tags_of(html: str) -> list[str]:
    parser = _Text()
    parser.feed(html)
    parser.close()
    return parser.tags


async def next_event(stream: ClientResponse) -> dict[str, object]:
    """The next event of a live page, its id under "change"; heartbeats are passed over."""
    event: dict[str, object] = {}
    while True:
        line = (await stream.content.readline()).decode().rstrip("\n")
        name, _, value = line.partition(": ")
        if name == "id":
            event["change"] = int(value)
        elif name == "event":
            event["event"] = value
        elif name == "data":
            event |= json.loads(value)
        elif not line and "event" in event:
            return event
        elif stream.content.at_eof():
            return {}
