"""Teams: activities in by our own route, answers and posts out through the connector."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from bot.dispatch.dispatcher import Bot
from bot.i18n.catalog import language_for
from bot.i18n.copy import Copy
from bot.protocol.channel import Destination, Misconfigured
from bot.protocol.context import LANGUAGE
from bot.protocol.elements import Card
from bot.protocol.turns import Ask, Command, Turn, Update
from bot.views import personal as views_personal
from channels.tasks.background import UnderWay, finished
from channels.tasks.deduplication import Once
from channels.teams import limits
from channels.teams.config import Account
from channels.teams.connector.client import FAULTS, Connector, Json
from channels.teams.handlers import message_extension
from channels.teams.handlers.installs import Whereabouts
from channels.teams.handlers.message_extension import Extension
from channels.teams.handlers.search import Search
from channels.teams.handlers.unfurls import Unfolding
from channels.teams.handlers.welcome import Welcome
from channels.teams.inbound import activities, personal_views
from channels.teams.inbound import events as inbound_events
from channels.teams.inbound.activities import Malformed, Payload
from channels.teams.inbound.signing_keys import Keys
from channels.teams.inbound.verification import Door
from channels.teams.outbound import responses
from channels.teams.outbound.conversation_references import References
from channels.teams.outbound.posts import Posts
from channels.teams.outbound.responses import Answered, Answers
from channels.teams.people.lookup_source import Whence
from channels.teams.people.members import Members
from channels.teams.people.profiles import Roster
from channels.teams.people.roster_pages import Pages

AGAIN, SELDOM = 1.0, 60.0  # seconds between attempts to log in, growing

LAST_WORDS = 5.0  # seconds that late answers get when we stop

log = logging.getLogger(__name__)


class Teams:
    """The channel. `account` is the bot's registration; `public_url` is where Teams fetches our pictures.

    What takes longer than `prompt` seconds is answered afterwards.
    """

    name = "teams"
    pace = (0.5, 7)  # posts a second to one conversation, and at once: 7 in a second, 8 in two, 1800 in an hour
    pace_overall = (30.0, 30)

    def __init__(self, bot: Bot, account: Account, public_url: str = "", prompt: float = limits.PROMPT) -> None:
        self.bot = bot
        self.account = account
        self.unknown: Counter[str] = Counter()  # what Teams sent and we have no use for, by type
        self.keys = Keys(account.openid)
        self.door = Door(account, self.keys)
        self.connector = Connector(account)
        self.references = References(self.connector, bot.writing, bot.reading, bot.clock)
        self.roster = Roster(self.connector, self.references, bot.writing, bot.reading, bot.clock)
        self.members = Members(account, Pages(self.connector), self.references, bot.writing, bot.reading, bot.clock)
        self.posts = Posts(self.connector, self.references, public_url)
        self.answers = Answers(self.connector, self.references, self.posts, bot.conversations)
        welcome = Welcome(self.connector, self.references, self.posts)
        self.whereabouts = Whereabouts(self.references, self.members, welcome)
        self.extension = Extension(self.connector, self.references)
        self.search = Search(bot.reading, self.posts, self.roster)
        self.unfolding = Unfolding(bot, self.posts, self.roster)
        self._once = Once()
        self._trouble: str | None = None if account.anonymous else "not logged in yet"
        self._connecting: asyncio.Task[None] | None = None
        self._under_way = UnderWay(prompt, LAST_WORDS)
        self._invokes: Mapping[str, Callable[[Payload], Awaitable[Json]]] = {
            "adaptiveCard/action": self._on_execute,
            "task/fetch": self._on_fetch,
            "task/submit": self._on_submit,
            "composeExtension/fetchTask": self._on_extension,
            "composeExtension/submitAction": self._on_extension_submit,
            "composeExtension/query": self._on_query,
            "composeExtension/queryLink": self.unfolding.answer,
        }

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/api/messages", self.receive)

    async def start(self) -> None:
        """Log in and fetch the keys in the background: Microsoft may be down, and the other channels serve."""
        if not self.account.anonymous:
            self.keys.start()
            self.members.start()
            self._connecting = asyncio.create_task(self._connect(), name="teams connects")

    async def stop(self) -> None:
        """Let the late answers out, then close."""
        if self._connecting:
            self._connecting.cancel()
        await self.members.stop()
        await self._under_way.finish()
        await self.keys.stop()
        await self.connector.close()

    def trouble(self) -> str | None:
        if self.account.anonymous:
            return None
        nobody = not (self.account.tenants or self.account.tenant)
        return self._trouble or self.keys.trouble or ("TEAMS_ALLOWED_TENANTS names nobody" if nobody else None)

    async def post(self, to: Destination, card: Card) -> dict[str, Any]:
        return await self.posts.post(to, card)

    async def edit(self, to: Destination, ref: dict[str, Any], card: Card) -> None:
        await self.posts.edit(to, ref, card)

    async def introduce(self, turn: Turn) -> Turn:
        """Look up once more who is in a turn that waits for it."""
        return await self.roster.introduce_again(turn)

    async def receive(self, request: web.Request) -> web.Response:
        """`POST /api/messages`: whatever Teams sends. Never 500: a platform that hears it stops delivering."""
        activity = await self.door.admitted(request)
        is_invoke = activity["type"] == "invoke"
        try:
            if is_invoke:
                return await self._invoked(activity)
            await self._heard(activity)
        except Malformed as odd:
            log.warning("an activity has an odd shape", extra={"action": "odd_request", "where": str(odd)})
            return web.Response(status=400)
        except Exception:  # the edge: who waits for an answer hears that there is none
            log.exception("an activity failed", extra={"action": "activity_failed"})
            return _json(_apology(activity)) if is_invoke else web.Response()
        return web.Response()

    async def _heard(self, activity: Payload) -> None:
        """What is no invoke: answered by messages of ours, and by nothing else."""
        match activity["type"]:
            case "message" if inbound_events.is_addressed(activity):
                name = "/".join((activities.tenant_of(activity), activity["conversation"]["id"], _id(activity)))
                await self._once.run(name, lambda: self._answer(activity))
            case "installationUpdate" | "conversationUpdate":
                if not await self.whereabouts.follow(activity):
                    self._no_use(activity["type"])
            case other:
                self._no_use(other)

    async def _answer(self, activity: Payload) -> None:
        turn: Turn = activities.sent(activity) if activity.get("value") else activities.said(activity)
        await self._under_way.promptly(self._answered_by_message(turn, activity), finished)

    async def _answered_by_message(self, turn: Turn, activity: Payload) -> None:
        answered = await self._answered(turn, activity)
        await self._told(self.answers.message(answered, activity))

    async def _invoked(self, activity: Payload) -> web.Response:
        act = self._invokes.get(activity.get("name") or "")
        if act is None:
            self._no_use(f"invoke {activity.get('name')}")
            return web.Response(status=501)
        return _json(await act(activity))

    async def _on_execute(self, activity: Payload) -> Json:
        if personal_views.is_look(activity):
            return await self._under_way.promptly(self._seen(activity), finished) or responses.UNCHANGED
        answered = await self._promptly(activities.executed(activity), activity)
        if answered is None:
            return responses.toast(_copy(activity).line("teams.working"))
        if isinstance(answered.reply, Update) and not personal_views.is_pressed(activity):
            self._under_way.go_on(self._told(self.answers.change(answered.reply.card, answered.copy, activity)))
        return await self.answers.executed(answered)

    async def _seen(self, activity: Payload) -> Json:
        """Clients ask whenever they show the card: nobody is looked up, and nothing is kept."""
        token, source = personal_views.token(activity), activities.source(activity)
        async with self.bot.reading.begin() as session:
            card = await views_personal.seen(session, source, token, key=self.bot.key, now=self.bot.clock())
        return self.answers.seen(card)

    async def _on_submit(self, activity: Payload) -> Json:
        return await self._dialog(activities.submitted(activity), activity)

    async def _on_fetch(self, activity: Payload) -> Json:
        return await self.answers.form(activities.form_token(activity), _copy(activity))

    async def _on_extension(self, activity: Payload) -> Json:
        turn = activities.extended(activity)
        is_outside = not message_extension.is_let_in(activity) and await self.extension.is_outside(activity)
        answered = await self._promptly(message_extension.elsewhere(turn) if is_outside else turn, activity)
        if answered is None:
            return responses.line(_copy(activity).line("teams.working"))
        if is_outside and isinstance(answered.reply, Ask):
            return await self.answers.offer_to_join(answered.reply, answered.copy)
        return self.answers.dialog(answered)

    async def _on_extension_submit(self, activity: Payload) -> Json:
        if message_extension.is_let_in(activity):
            return await self._on_extension(activity)
        if token := activities.form_token(activity):
            return await self.answers.form(token, _copy(activity))
        return await self._on_submit(activity)

    async def _dialog(self, turn: Turn, activity: Payload) -> Json:
        answered = await self._promptly(turn, activity)
        if answered is None:
            return responses.line(_copy(activity).line("teams.working"))
        return self.answers.dialog(answered)

    async def _on_query(self, activity: Payload) -> Json:
        await self.references.keep_sender(activity)
        return await self.search.answer(activity, _copy(activity))

    async def _answered(self, turn: Turn, activity: Payload) -> Answered:
        turn = await self.roster.introduce(turn, Whence.told(activity))
        await (self.references.keep_sender if message_extension.is_of_it(activity) else self.references.keep)(activity)
        is_first = message_extension.is_of_it(activity) and isinstance(turn, Command)
        reply = await self.bot.handle(message_extension.for_a_form(turn, activity) if is_first else turn)
        if isinstance(reply, Ask) and is_first:
            reply = message_extension.with_quote(reply, activity)
        return Answered(reply, Copy(language_for(LANGUAGE.get())))

    async def _promptly(self, turn: Turn, activity: Payload) -> Answered | None:
        """The answer, or None where it takes too long for Teams: then it goes out afterwards, to the person alone."""
        work = self._answered(turn, activity)
        return await self._under_way.promptly(work, lambda late: self._said_late(late, activity))

    async def _said_late(self, work: Awaitable[Answered], activity: Payload) -> None:
        await self._told(self.answers.message(await work, activity))

    async def _told(self, call: Awaitable[object]) -> None:
        """The turn is done already: that its answer was not taken is told to the log only."""
        try:
            await call
        except FAULTS as error:
            log.warning("an answer was not taken", extra={"action": "answer_failed", "error": type(error).__name__})

    def _no_use(self, kind: str) -> None:
        self.unknown[kind] += 1
        log.info("no use for this", extra={"action": "unknown_request", "kind": kind[:60]})

    async def _connect(self) -> None:
        delay = AGAIN
        while self._trouble:
            try:
                await self.connector.credentials.token()
                self._trouble = None
            except FAULTS as error:
                self._trouble = f"login: {error}" if isinstance(error, Misconfigured) else type(error).__name__
                log.warning("Teams does not let us in", extra={"action": "not_connected", "error": self._trouble})
                await asyncio.sleep(delay)
                delay = min(delay * 2, SELDOM)


def _id(activity: Payload) -> str:
    return activities.source(activity).message_id


def _copy(activity: Payload) -> Copy:
    return Copy(language_for(activity.get("locale")))


def _json(body: Json) -> web.Response:
    return web.json_response(body) if body else web.Response()


def _apology(activity: Payload) -> Json:
    words = _copy(activity).line("notices.apology")
    return responses.toast(words) if activity.get("name") == "adaptiveCard/action" else responses.line(words)
