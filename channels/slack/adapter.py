"""Slack: requests in through slack-bolt, answers and posts out through its Web API."""

import asyncio
import logging
import re
import secrets
from collections import Counter
from functools import partial
from typing import Any

from aiohttp import web
from slack_bolt import BoltResponse
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.dispatch.dispatcher import Bot
from bot.protocol.channel import Destination, DestinationGone, Misconfigured
from bot.protocol.elements import Card
from bot.protocol.turns import Press, Turn
from channels.server.time_limits import TIME_LIMITS, TimeLimits
from channels.slack import api
from channels.slack.api import connect_slack, open_slack_session
from channels.slack.config import SlackConfig
from channels.slack.handlers import app_home
from channels.slack.handlers.app_home import AppHome
from channels.slack.handlers.messages import MessageHandler, RedeliveryWanted
from channels.slack.handlers.not_installed import NotInstalled
from channels.slack.handlers.reactions import ReactionHandler
from channels.slack.handlers.shortcuts import ShortcutHandler
from channels.slack.handlers.turns import TurnRunner
from channels.slack.handlers.unfurls import SlackUnfurlHandler
from channels.slack.handlers.uninstalls import UninstallHandler
from channels.slack.inbound.interactions import parse_button_press, parse_slash_command, parse_view_submission
from channels.slack.inbound.payloads import MalformedSlackPayload
from channels.slack.inbound.socket_mode import SocketModeListener
from channels.slack.inbound.verification import get_request_kind, is_handled_request, verify_slack_request
from channels.slack.outbound.posts import SlackPoster
from channels.slack.outbound.responses import SlackResponder
from channels.slack.people.members import SlackMembers
from channels.slack.people.profiles import SlackProfiles
from channels.slack.people.user_groups import UserGroups
from channels.slack.render import cards
from channels.slack.render.forms import render_waiting_modal
from channels.slack.types import SlackBody, SlackPayloadJson, Sleep
from channels.slack.workspaces.assembly import build_workspaces
from channels.tasks.background import BackgroundTasks, wait_until_done
from channels.tasks.daily import DailyRunner
from channels.tasks.prompt_turns import PromptTurns, TurnNotStored

log = logging.getLogger(__name__)

bolt_log = log.getChild("bolt")
bolt_log.setLevel(logging.ERROR)  # it tells whole requests, with their words, below that


class SlackAdapter:
    """The channel. `account` is the app; `public_url` is where Slack fetches our pictures.

    `scopes` is what an app of several workspaces asks each of them for. A turn that takes long is stored first.
    """

    name = "slack"
    pace = (1.0, 3)  # posts a second to one destination, and at once
    pace_overall = (4.0, 20)

    def __init__(
        self,
        bot: Bot,
        account: SlackConfig,
        public_url: str = "",
        scopes: tuple[str, ...] = (),
        times: TimeLimits = TIME_LIMITS,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.bot = bot
        self.clock = bot.clock
        self.unknown: Counter[str] = Counter()  # what Slack sent and we have no use for, by type
        self._plain = connect_slack(account.token or None, account.api_url, times.call_s)
        self._workspaces, self._installing = build_workspaces(self._plain, bot, account, public_url, scopes)
        self.posts = SlackPoster(self._workspaces, bot.clock, public_url)
        self.profiles = SlackProfiles(self._workspaces, bot.writing, bot.reading, bot.clock, times.lookup_s)
        self.answers = SlackResponder(self._workspaces, bot.conversations, times.slack_form_s)
        self._under_way = BackgroundTasks(times.slack_answer_s, times.slack_last_answers_s)
        self._turns = PromptTurns(bot, self._under_way, times.slack_store_s)
        self._home = AppHome(self._workspaces, bot, self.profiles, self._under_way, sleep)
        groups = UserGroups(self._workspaces, self.profiles, bot.reading, bot.clock, times.slack_group_s)
        self._talks = TurnRunner(bot, self.profiles, groups, self._home)
        self._hearing = MessageHandler(self._talks, self.answers, self._turns, self._workspaces, sleep)
        self._reactions = ReactionHandler(self._workspaces, self._hearing, times.slack_reaction_s)
        self._shortcuts = ShortcutHandler(
            self._workspaces, self._talks, self.answers, self._under_way, bot.clock, times.slack_permalink_s
        )
        self._unfurls = SlackUnfurlHandler(self._workspaces, bot, self.profiles, self._under_way)
        self._departing = UninstallHandler(self._workspaces)
        self._elsewhere = NotInstalled(self._workspaces, bot, self._under_way)
        self.members = SlackMembers(self.profiles, DailyRunner(bot.writing, bot.clock))
        self._socket = (
            SocketModeListener(self._plain, account.app_token, self._came_in, times) if account.app_token else None
        )
        self._by_http = bool(account.signing_secrets)
        self._verifiers = [SignatureVerifier(secret) for secret in account.signing_secrets]
        self._app = self._application(secrets.token_hex(32))  # the door verifies, so bolt needs none that is known

    def routes(self, app: web.Application) -> None:
        if self._by_http:
            app.router.add_post("/slack/events", self.receive)
        if self._installing:
            self._installing.routes(app)
        if self._socket:
            app.on_shutdown.append(self._socket.stop_listening)

    async def start(self) -> None:
        """Connect in the background: if Slack is down, the other channels still serve."""
        open_slack_session(self._plain)
        await self._workspaces.start()
        self.members.start()
        if self._socket:
            self._socket.start()

    async def stop(self) -> None:
        """Wait for the late answers, then close the connections."""
        self.members.stop()
        if self._socket:
            await self._socket.stop()
        await self._under_way.finish()
        await self._workspaces.stop()
        if self._plain.session:
            await self._plain.session.close()

    def trouble(self) -> str | None:
        return self._workspaces.trouble or (self._socket.trouble if self._socket else None)

    def note(self) -> str | None:
        """Return a hint on missing scopes that an administrator can grant, or None if all are granted.

        Without them a post whose answer is lost may be shown twice.
        """
        missing = " ".join(self._workspaces.missing_scopes)
        return f"posts whose answer is lost may be shown twice: grant {missing}" if missing else None

    async def post(self, to: Destination, card: Card) -> dict[str, Any]:
        await self._check(to)
        try:
            ref = await self.posts.post(to, card)
        except Misconfigured as no:
            raise self._workspaces.meaning_of(no) from None
        self._home.told(to)
        return ref

    async def edit(self, to: Destination, ref: dict[str, Any], card: Card) -> None:
        await self._check(to)
        try:
            await self.posts.edit(to, ref, card)
        except Misconfigured as no:
            raise self._workspaces.meaning_of(no) from None
        self._home.told(to)

    async def _check(self, to: Destination) -> None:
        """Raise DestinationGone if the workspace is not served. A reply URL may outlive the installation."""
        if not await self._workspaces.serves(to.tenant):
            raise DestinationGone(api.NOT_INSTALLED_CODE)

    async def introduce(self, turn: Turn) -> Turn:
        """Look up the people again for a turn that waits for them, and return the turn with their accounts."""
        return await self._talks.introduced(turn)

    async def receive(self, request: web.Request) -> web.Response:
        """Handle `POST /slack/events`: verify the request and pass on the event, command or interaction.

        Return Slack's answer.
        """
        return await to_aiohttp_response(await self._came_in(await verify_slack_request(request, self._verifiers)))

    async def _came_in(self, admitted: AsyncBoltRequest) -> BoltResponse:
        if not is_handled_request(admitted.body):  # bolt would look into fields that such a body may not have
            self._count(admitted.body)
            return BoltResponse(status=200, body="")
        try:
            if await self._elsewhere.sent(admitted.body):
                self.unknown[api.NOT_INSTALLED_CODE] += 1
                self._elsewhere.answer(admitted.body)
                return BoltResponse(status=200, body="")
        except (SQLAlchemyError, OSError) as error:  # Slack may bring it again
            log.warning("nobody knows who is served", extra={"action": "request_failed", "why": type(error).__name__})
            return BoltResponse(status=500, body="")
        return await self._app.async_dispatch(admitted)

    def _application(self, signing_secret: str) -> AsyncApp:
        """Build the bolt app with its own authorisation.

        Otherwise the environment's SLACK_CLIENT_ID would turn on file-based OAuth.
        """

        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            """Authorize without a call, so that no request waits for Slack. Each later call finds its own token."""
            own = await self._workspaces.own_account(team_id or "")
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_user_id=own or None)

        app = AsyncApp(
            name=bolt_log.name,  # of a logger; or it would read the sources of all its callers to find one
            logger=bolt_log,
            client=AsyncWebClient(base_url=self._plain.base_url),
            signing_secret=signing_secret,
            authorize=authorize,
            process_before_response=True,
            request_verification_enabled=False,  # the door has done it
            raise_error_for_unhandled_request=True,
        )
        app.command(re.compile("/.+"))(self._on_command)
        app.view(re.compile(".+"))(self._on_submission)
        app.action(re.compile(rf"{cards.PRESS_ACTION}-\d+"))(self._on_press)
        app.action(re.compile(rf"{cards.LINK_ACTION}-\d+"))(self._on_link)
        app.action(cards.FORM_ACTION)(self._on_form)
        app.action(re.compile(rf"{app_home.HOME_ACTION_PREFIX}-\w+"))(self._shortcuts.on_home_button)
        app.global_shortcut("kudos_global")(self._shortcuts.on_global)
        app.message_shortcut("kudos_message")(self._shortcuts.on_message)
        app.event("app_mention")(self._hearing.on_said)
        app.event("message")(self._hearing.on_message)
        app.event("app_home_opened")(self._home.on_opened)
        app.event("link_shared")(self._unfurls.on_shared)
        app.event("team_join")(self.members.on_event)
        app.event("user_change")(self.members.on_event)
        app.event("reaction_added")(self._reactions.on_added)
        app.event("reaction_removed")(self._reactions.on_removed)
        app.event("app_uninstalled")(self._departing.on_uninstalled)
        app.event("tokens_revoked")(self._departing.on_revoked)
        app.error(self._on_error)
        return app

    async def _on_command(self, ack: AsyncAck, body: SlackBody) -> None:
        turn = parse_slash_command(body, self._seconds())
        said = await self._turns.run(turn, self._commanded(turn, body), partial(self.answers.command_late, body))
        await ack(**(said or {}))

    async def _commanded(self, turn: Turn, body: SlackBody) -> SlackPayloadJson:
        return await self.answers.command(await self._talks.answered(turn), body)

    async def _on_submission(self, ack: AsyncAck, body: SlackBody) -> None:
        turn = parse_view_submission(body)
        work = self._talks.answered(turn)
        answered = await self._turns.run(turn, work, partial(self.answers.submission_late, body))
        waiting = {"response_action": "update", "view": render_waiting_modal()}
        await ack(**(self.answers.submission(answered, body) if answered else waiting))

    async def _on_press(self, ack: AsyncAck, body: SlackBody) -> None:
        turn = parse_button_press(body, self._seconds())
        await self._turns.run(turn, self._pressed(turn, body), wait_until_done)
        await ack()

    async def _pressed(self, turn: Press, body: SlackBody) -> None:
        await self.answers.press(await self._talks.answered(turn), body)

    async def _on_form(self, ack: AsyncAck, body: SlackBody) -> None:
        await self._under_way.run_promptly(
            self._opened(parse_button_press(body, self._seconds()), body), wait_until_done
        )
        await ack()

    async def _opened(self, turn: Press, body: SlackBody) -> None:
        if not await self.answers.form(turn.token, turn.source.tenant, body):
            await self._pressed(turn, body)  # the bot says that it works no longer, in the person's language

    async def _on_link(self, ack: AsyncAck) -> None:
        await ack()

    async def _on_error(self, error: Exception, body: SlackBody) -> BoltResponse:
        match error:
            case BoltUnhandledRequestError():
                self._count(body)
                return BoltResponse(status=200, body="")
            case MalformedSlackPayload():
                log.warning("a signed request has an odd shape", extra={"action": "odd_request", "where": str(error)})
                return BoltResponse(status=400, body="")
            case RedeliveryWanted() | TurnNotStored():
                return BoltResponse(status=500, body="")
            case _:
                log.error("a request failed", exc_info=error, extra={"action": "request_failed"})
                return BoltResponse(status=500, body="")

    def _count(self, body: SlackBody) -> None:
        kind = get_request_kind(body)
        self.unknown[kind] += 1
        log.info("no use for this", extra={"action": "unknown_request", "kind": kind})

    def _seconds(self) -> int:
        return int(self.clock().timestamp())
