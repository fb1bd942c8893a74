"""Slack: requests in through slack-bolt, answers and posts out through its Web API."""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aiohttp import ClientError, web
from slack_bolt import BoltResponse
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.announcer import Destination, Gone
from bot.cards import Card
from bot.dispatch import LANGUAGE, Bot
from bot.turns import Say, Turn
from bot.words import Copy, language_for
from channels.slack import api, door, inbound, limits, render, render_form
from channels.slack.answers import Answered, Answers
from channels.slack.inbound import Malformed
from channels.slack.once import Once
from channels.slack.posts import Posts
from channels.slack.profiles import Profiles
from engine.db import Sessions

PROMPT = limits.ACKNOWLEDGE - 0.7  # seconds: what takes longer is answered afterwards
LAST_WORDS = 5.0  # seconds that late answers get when we stop
AGAIN, SELDOM = 1.0, 60.0  # seconds between attempts to connect, growing

log = logging.getLogger(__name__)
bolt_log = log.getChild("bolt")
bolt_log.setLevel(logging.ERROR)  # it tells whole requests, with their words, below that


class TryAgain(Exception):
    """Our side broke, and Slack may bring this event again."""


class Slack:
    """The channel. `token` and `signing_secret` belong to one workspace; `api_url` points to another server."""

    name = "slack"
    pace = (1.0, 3)  # posts a second to one destination, and at once
    pace_overall = (4.0, 20)

    def __init__(
        self,
        bot: Bot,
        *,
        token: str,
        signing_secret: str,
        writing: Sessions,
        reading: Sessions,
        clock: Callable[[], datetime],
        api_url: str | None = None,
        public_url: str = "",
    ) -> None:
        self.bot = bot
        self.clock = clock
        self.unknown: Counter[str] = Counter()  # what Slack sent and we have no use for, by type
        self.client = api.connect(token, api_url)
        self.posts = Posts(self.client, clock, public_url)
        self.profiles = Profiles(self.client, writing, reading, clock)
        self.answers = Answers(self.client, bot.conversations)
        self._verifier = SignatureVerifier(signing_secret)
        self._app = self._application(signing_secret)
        self._once = Once()
        self._own = ""  # the bot's account
        self._trouble: str | None = "not connected yet"
        self._connecting: asyncio.Task[None] | None = None
        self._late: set[asyncio.Task[None]] = set()

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/slack/events", self.receive)

    async def start(self) -> None:
        """Connect in the background: Slack may be down, and the other channels serve."""
        api.open_session(self.client)
        self._connecting = asyncio.create_task(self._connect(), name="slack connects")

    async def stop(self) -> None:
        """Let the late answers out, then close."""
        if self._connecting:
            self._connecting.cancel()
        if self._late:
            await asyncio.wait(self._late, timeout=LAST_WORDS)
        if self.client.session:
            await self.client.session.close()

    def trouble(self) -> str | None:
        return self._trouble

    async def post(self, to: Destination, card: Card) -> dict[str, Any]:
        return await self.posts.post(to, card)

    async def edit(self, to: Destination, ref: dict[str, Any], card: Card) -> None:
        await self.posts.edit(to, ref, card)

    async def receive(self, request: web.Request) -> web.Response:
        """`POST /slack/events`: events, commands and interactions alike."""
        admitted = await door.admitted(request, self._verifier)
        return await to_aiohttp_response(await self._app.async_dispatch(admitted))

    def _application(self, signing_secret: str) -> AsyncApp:
        """bolt with an authorisation of our own: the environment's SLACK_CLIENT_ID would turn on file-based OAuth."""

        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            """One workspace, one token: nothing is asked, so that no request waits for Slack."""
            own = {"bot_user_id": self._own or None, "bot_token": self.client.token}
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, **own)

        app = AsyncApp(
            logger=bolt_log,
            client=AsyncWebClient(base_url=self.client.base_url),
            signing_secret=signing_secret,
            authorize=authorize,
            process_before_response=True,
            raise_error_for_unhandled_request=True,
        )
        app.command(re.compile("/.+"))(self._on_command)
        app.view(re.compile(".+"))(self._on_submission)
        app.action(re.compile(rf"{render.PRESS}-\d+"))(self._on_press)
        app.action(re.compile(rf"{render.LINK}-\d+"))(self._on_link)
        app.action(render.FORM)(self._on_form)
        app.event("app_mention")(self._on_said)
        app.event("message")(self._on_message)
        app.error(self._on_error)
        return app

    async def _on_command(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        answered = await self._promptly(inbound.command(body, self._seconds()), body)
        await ack(**(await self.answers.command(answered, body) if answered else {}))

    async def _on_submission(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        answered = await self._promptly(inbound.submission(body), body)
        waiting = {"response_action": "update", "view": render_form.waiting()}
        await ack(**(self.answers.submission(answered, body) if answered else waiting))

    async def _on_press(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        answered = await self._promptly(inbound.press(body, self._seconds()), body)
        if answered:
            await self.answers.press(answered, body)
        await ack()

    async def _on_form(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        if await self.answers.form(inbound.press(body, self._seconds()).token, body):
            await ack()
        else:
            await self._on_press(ack, body)  # the bot says that it works no longer, in the person's language

    async def _on_link(self, ack: AsyncAck) -> None:
        await ack()

    async def _on_message(self, body: Mapping[str, Any], request: Any) -> None:
        if body["event"].get("channel_type") == "im":
            await self._on_said(body, request)

    async def _on_said(self, body: Mapping[str, Any], request: Any) -> None:
        if not inbound.is_said_by_person(body["event"]):
            return
        turn = inbound.said(body, inbound.own_account(body) or self._own)
        last = request.headers.get("x-slack-retry-num", ["0"])[0] >= str(limits.LAST_RETRY)
        name = "/".join((turn.source.tenant, turn.source.conversation, turn.source.message_id))
        await self._once.run(name, lambda: self._say(turn, body["event"], last))

    async def _say(self, turn: Turn, event: Mapping[str, Any], last: bool) -> None:
        answered = await self._answered(turn)
        if isinstance(answered.reply, Say) and answered.reply.failed and not last:
            raise TryAgain
        try:
            await self.answers.event(answered, event)
        except SlackApiError as error:
            if not isinstance(meaning := api.meaning_of(error), Gone):
                raise TryAgain(str(meaning)) from None
            log.info("nobody is there to hear the answer", extra={"action": "answer_gone"})
        except (ClientError, OSError) as error:
            raise TryAgain(type(error).__name__) from None

    async def _promptly(self, turn: Turn, body: Mapping[str, Any]) -> Answered | None:
        """The answer, or None where it takes too long for Slack: then it goes out afterwards."""
        task = asyncio.create_task(self._answered(turn), name=f"slack {turn.source.message_id}")
        done, _ = await asyncio.wait({task}, timeout=PROMPT)
        if done:
            return task.result()
        late = asyncio.create_task(self._afterwards(task, body), name="a late answer")
        self._late.add(late)
        late.add_done_callback(self._late.discard)
        return None

    async def _afterwards(self, task: asyncio.Task[Answered], body: Mapping[str, Any]) -> None:
        try:
            await self.answers.afterwards(await task, body)
        except Exception:  # the edge: nobody else waits for this task
            log.exception("a late answer failed", extra={"action": "late_answer_failed"})

    async def _answered(self, turn: Turn) -> Answered:
        reply = await self.bot.handle(await self.profiles.introduce(turn))
        return Answered(reply, Copy(language_for(LANGUAGE.get())))

    async def _on_error(self, error: Exception, body: Mapping[str, Any]) -> BoltResponse:
        match error:
            case BoltUnhandledRequestError():
                kind = (body.get("event") or body).get("type", "other")
                self.unknown[str(kind)] += 1
                log.info("no use for this", extra={"action": "unknown_request", "kind": kind})
                return BoltResponse(status=200, body="")
            case Malformed():
                log.warning("a signed request has an odd shape", extra={"action": "odd_request", "where": str(error)})
                return BoltResponse(status=400, body="")
            case TryAgain():
                return BoltResponse(status=500, body="")
            case _:
                log.error("a request failed", exc_info=error, extra={"action": "request_failed"})
                return BoltResponse(status=500, body="")

    async def _connect(self) -> None:
        delay = AGAIN
        while self._trouble:
            try:
                self._own = str((await self.client.auth_test())["user_id"])
                self._trouble = None
            except (SlackApiError, ClientError, OSError) as error:
                self._trouble = api.code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
                log.warning("Slack does not answer", extra={"action": "not_connected", "error": self._trouble})
                await asyncio.sleep(delay)
                delay = min(delay * 2, SELDOM)

    def _seconds(self) -> int:
        return int(self.clock().timestamp())
