"""The Slack channel behind its signed route, over the fake workspace."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.dialogs.dialog import CommandSpec, Dialog, DialogContext
from bot.dispatch.conversation_store import TableConversationStore
from bot.dispatch.dispatcher import Bot
from bot.protocol.button_tokens import sign_button_token
from bot.protocol.elements import Button, Card, Mention, Text
from bot.protocol.forms import Form, PersonField, TextField
from bot.protocol.turns import Ask, Reply, Say, Submission, Update, Words
from channels.server.time_limits import TimeLimits
from channels.slack.adapter import SlackAdapter
from channels.slack.config import SlackConfig, SlackOAuthConfig
from channels.slack.types import Sleep
from engine.db.connection import SessionFactory
from engine.errors import Refused
from tests.conftest import Clock
from tests.platforms.slack import SECRET, TOKEN, Failure, FakeSlack
from tests.platforms.slack_requests import signed
from tests.time_limits import FAR

Json = dict[str, Any]
KEY = b"k" * 32
PUBLIC_URL = "http://laurel.corp.test"


class Thanks:
    """A dialog that only counts: thanks by command or form, with an undo; and others that break or wait."""

    def __init__(self) -> None:
        self.given: list[Words] = []
        self.begun = 0
        self.undone: list[str] = []
        self.broken = 0
        self.held: asyncio.Event | None = None  # what it waits for

    @property
    def verbs(self) -> tuple[CommandSpec, ...]:
        dialog = Dialog("thanks", self.form, self.submitted, {"self_award": "who"}, {"undo": self.undo})
        return (
            CommandSpec("kudos", dialog, self.command, writes=True, registered=True),
            CommandSpec("points", Dialog("points"), self.points, writes=False),
        )

    async def command(self, talk: DialogContext, words: Words) -> Reply:
        if not words:
            return Ask(await self.form(talk))
        return await self._give(talk, words)

    async def form(self, talk: DialogContext) -> Form:
        who = PersonField("who", "Who?", many=True)
        return Form("thanks", "Thank somebody", (who, TextField("words", "Why?", 20)), "Send", "Say thanks.")

    async def submitted(self, talk: DialogContext, turn: Submission) -> Reply:
        if "twice" in turn.answers["words"]:
            return Ask(await self.form(talk), turn.answers, {"": "Twice is too much."}, talk.state, turn.token)
        if any(isinstance(p, Mention) and p.account == turn.source.account for p in turn.answers["who"]):
            raise Refused("self_award")
        return await self._give(talk, turn.answers["words"])

    async def undo(self, talk: DialogContext, subject: str) -> Reply:
        self.undone.append(subject)
        return Update(Card("Taken back", "It was taken back"))

    async def points(self, talk: DialogContext, words: Words) -> Reply:
        return Say(Card("Points", "You have 3 points"))

    async def _give(self, talk: DialogContext, words: Words) -> Reply:
        if self.broken:
            self.broken -= 1
            raise RuntimeError("it broke")
        self.begun += 1
        if self.held:
            await self.held.wait()
        self.given.append(words)
        spans = tuple(self._named(talk, part) for part in words)
        undo = Button("Undo", sign_button_token("undo", "kudos-1", talk.key))
        return Say(Card("Thanked", f"Thanked from {talk.source.place_name or 'a form'}", (Text(spans),), (undo,)))

    def _named(self, talk: DialogContext, part: str | Mention) -> str | Mention:
        if isinstance(part, str):
            return part
        return Mention(talk.known[part.account or ""].display_name, account=part.account)


@dataclass
class SlackBot:
    """What a test drives: `says` sends a signed body, `slack` shows what came of it."""

    slack: FakeSlack
    channel: SlackAdapter
    bot: Bot
    thanks: Thanks
    http: TestClient[web.Request, web.Application]

    async def sends(self, body: str, **headers: str) -> ClientResponse:
        """POST a signed body; the response as it is."""
        return await self.http.post("/slack/events", data=body.encode(), headers=signed(body) | headers)

    async def says(self, body: str, **headers: str) -> Json:
        """The answer, which must be a 200; {} where it is empty."""
        response = await self.sends(body, **headers)
        text = await response.text()
        assert response.status == 200, (response.status, text)
        return dict(json.loads(text)) if text else {}


@asynccontextmanager
async def slack_bot(
    writing: SessionFactory,
    reading: SessionFactory,
    clock: Clock,
    verbs: tuple[CommandSpec, ...] = (),
    *failures: Failure,
    secret: str = SECRET,
    app_token: str = "",
    oauth: SlackOAuthConfig | None = None,
    times: TimeLimits = FAR,
    sleep: Sleep = asyncio.sleep,
    beside: FakeSlack | None = None,
) -> AsyncIterator[SlackBot]:
    """The bot with `verbs`, or with those of `Thanks`; connecting to Slack fails as often as there are `failures`.

    With an `app_token` it comes by Socket Mode, and without a `secret` by nothing else. With `oauth` it has no token of
    its own. Where it runs `beside` another replica, the Slack of both is the one of that name.
    """
    thanks = Thanks()
    bot = Bot(writing, reading, TableConversationStore(writing, reading, clock), verbs or thanks.verbs, clock, KEY)
    async with nullcontext(beside) if beside else FakeSlack() as slack:
        slack.fail("auth.test", *failures)
        token = "" if oauth else TOKEN
        account = SlackConfig(token, secret, app_token, slack.api_url, oauth)
        channel = SlackAdapter(bot, account, PUBLIC_URL, ("chat:write",), times, sleep)
        app = web.Application()
        channel.routes(app)
        await channel.start()
        async with TestClient(TestServer(app)) as http:
            yield SlackBot(slack, channel, bot, thanks, http)
        with slack.gate.opened():
            await channel.stop()


def words_of(found: Any) -> str:
    """Everything that a message, a view or an answer says, in one string."""
    match found:
        case str():
            return found
        case dict():
            return "\n".join(words_of(value) for value in found.values())
        case list():
            return "\n".join(words_of(value) for value in found)
    return ""
