"""The Teams channel: activities come in by the app's own route, answers and posts go out through the connector."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.dispatch.dispatcher import Bot
from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from bot.protocol.channel import Destination, Misconfigured
from bot.protocol.context import CURRENT_LANGUAGE
from bot.protocol.elements import Card
from bot.protocol.turns import Ask, Command, Turn, Update
from bot.views.personal import load_personal_card
from channels.server.time_limits import TIME_LIMITS, TimeLimits
from channels.tasks.background import BackgroundTasks, wait_until_done
from channels.tasks.deduplication import Deduplicator
from channels.tasks.prompt_turns import PromptTurns, TurnNotStored
from channels.teams.config import TeamsConfig
from channels.teams.connector.client import CONNECTOR_ERRORS, Connector, ConnectorJson
from channels.teams.handlers.installs import InstallHandler
from channels.teams.handlers.message_extension import (
    MessageExtension,
    fill_quoted_message,
    is_extension_activity,
    is_just_installed,
    make_turn_private,
    mark_form_request,
)
from channels.teams.handlers.search import SearchHandler
from channels.teams.handlers.unfurls import TeamsUnfurlHandler
from channels.teams.handlers.welcome import WelcomeHandler
from channels.teams.inbound.activities import (
    ActivityPayload,
    MalformedActivity,
    build_teams_source,
    get_form_token,
    parse_card_action,
    parse_dialog_submission,
    parse_extension_command,
    parse_message_value,
    parse_teams_message,
)
from channels.teams.inbound.events import is_addressed_to_bot
from channels.teams.inbound.personal_views import get_view_token, is_personal_view_press, is_view_refresh
from channels.teams.inbound.signing_keys import SigningKeys
from channels.teams.inbound.verification import RequestVerifier
from channels.teams.outbound.conversation_references import ConversationReferences
from channels.teams.outbound.posts import TeamsPoster
from channels.teams.outbound.responses import (
    UNCHANGED_RESPONSE,
    TeamsReply,
    TeamsResponder,
    render_apology,
    render_dialog_message,
    render_toast,
)
from channels.teams.people.lookup_source import LookupSource
from channels.teams.people.members import TeamsMembers
from channels.teams.people.profiles import TeamsProfiles
from channels.teams.people.roster_pages import RosterPages

MIN_LOGIN_RETRY_DELAY_S, MAX_LOGIN_RETRY_DELAY_S = 1.0, 60.0  # between attempts to log in, growing

log = logging.getLogger(__name__)


class TeamsAdapter:
    """The Teams channel.

    `account` is the bot's registration; `public_url` is where Teams fetches the product's pictures.
    """

    name = "teams"
    pace = (0.5, 7)  # posts a second to one conversation, and at once: 7 in a second, 8 in two, 1800 in an hour
    pace_overall = (30.0, 30)

    def __init__(self, bot: Bot, account: TeamsConfig, public_url: str = "", times: TimeLimits = TIME_LIMITS) -> None:
        self.bot = bot
        self.account = account
        self.unknown: Counter[str] = Counter()  # ignored activities, by type
        self.keys = SigningKeys(account.openid, times)
        self.door = RequestVerifier(account, self.keys)
        self.connector = Connector(account, times.call_s)
        self.references = ConversationReferences(self.connector, bot.writing, bot.reading, bot.clock)
        stored = (bot.writing, bot.reading, bot.clock)
        self.roster = TeamsProfiles(self.connector, self.references, *stored, times.lookup_s)
        self.members = TeamsMembers(account, RosterPages(self.connector), self.references, *stored)
        self.posts = TeamsPoster(self.connector, self.references, public_url)
        self.answers = TeamsResponder(self.connector, self.references, self.posts, bot.conversations)
        welcome = WelcomeHandler(self.connector, self.references, self.posts)
        self.whereabouts = InstallHandler(self.references, self.members, welcome)
        self.extension = MessageExtension(self.connector, self.references, times.teams_membership_s)
        self.search = SearchHandler(bot.reading, self.posts, self.roster)
        self.unfolding = TeamsUnfurlHandler(bot, self.posts, self.roster)
        self._once = Deduplicator()
        self._trouble: str | None = None if account.anonymous else "not logged in yet"
        self._connecting: asyncio.Task[None] | None = None
        self._under_way = BackgroundTasks(times.teams_answer_s, times.last_answers_s)
        self._turns = PromptTurns(bot, self._under_way, times.teams_store_s)
        self._invokes: Mapping[str, Callable[[ActivityPayload], Awaitable[ConnectorJson]]] = {
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
        """Log in and fetch the signing keys in the background: if Microsoft is down, the other channels still serve."""
        if not self.account.anonymous:
            self.keys.start()
            self.members.start()
            self._connecting = asyncio.create_task(self._connect(), name="teams connects")

    async def stop(self) -> None:
        """Wait for the late answers, then close the connections."""
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
        """Look up the people again for a turn that waits for them, and return the turn with their accounts."""
        return await self.roster.introduce_again(turn)

    async def receive(self, request: web.Request) -> web.Response:
        """Handle `POST /api/messages`: verify the request and answer the activity.

        Return 400 for a malformed activity, and 503 if the turn is not stored or the database or network fails, so that
        Teams sends it again. After a bug of the product return 200, because a second try would fail too. Raises as
        `RequestVerifier.admitted`.
        """
        activity = await self.door.admitted(request)
        is_invoke = activity["type"] == "invoke"
        try:
            if is_invoke:
                return await self._invoked(activity)
            await self._heard(activity)
        except MalformedActivity as odd:
            log.warning("an activity has an odd shape", extra={"action": "odd_request", "where": str(odd)})
            return web.Response(status=400)
        except TurnNotStored:
            return web.Response(status=503)
        except Exception as error:  # the edge: a person who waits gets an apology
            log.exception("an activity failed", extra={"action": "activity_failed"})
            status = 503 if isinstance(error, SQLAlchemyError | OSError) else 200
            return _json(render_apology(activity, _copy(activity))) if is_invoke else web.Response(status=status)
        return web.Response()

    async def _heard(self, activity: ActivityPayload) -> None:
        """Handle an activity that is not an invoke. Its answer goes out as a message, never in the HTTP response."""
        match activity["type"]:
            case "message" if is_addressed_to_bot(activity):
                await self._answer(activity)
            case "installationUpdate" | "conversationUpdate":
                if not await self.whereabouts.follow(activity):
                    self._no_use(activity["type"])
            case other:
                self._no_use(other)

    async def _answer(self, activity: ActivityPayload) -> None:
        turn: Turn = parse_message_value(activity) if activity.get("value") else parse_teams_message(activity)
        name = "/".join((turn.source.tenant, activity["conversation"]["id"], turn.source.message_id))
        work = self._once.run(name, lambda: self._send_answer(self._answered(turn, activity), activity))
        await self._turns.run(turn, work, wait_until_done)

    async def _invoked(self, activity: ActivityPayload) -> web.Response:
        act = self._invokes.get(activity.get("name") or "")
        if act is None:
            self._no_use(f"invoke {activity.get('name')}")
            return web.Response(status=501)
        return _json(await act(activity))

    async def _on_execute(self, activity: ActivityPayload) -> ConnectorJson:
        if is_view_refresh(activity):
            return await self._under_way.run_promptly(self._seen(activity), wait_until_done) or UNCHANGED_RESPONSE
        answered = await self._promptly(parse_card_action(activity), activity)
        if answered is None:
            return render_toast(_copy(activity).line("teams.working"))
        if isinstance(answered.reply, Update) and not is_personal_view_press(activity):
            change = self.answers.change(answered.reply.card, answered.copy, activity)
            self._under_way.run_in_background(self._told(change))
        return await self.answers.executed(answered)

    async def _seen(self, activity: ActivityPayload) -> ConnectorJson:
        """Return a person's own view of a card.

        Clients ask for it each time they show the card, so no one is looked up and nothing is stored.
        """
        token, source = get_view_token(activity), build_teams_source(activity)
        async with self.bot.reading.begin() as session:
            card = await load_personal_card(session, source, token, key=self.bot.key, now=self.bot.clock())
        return self.answers.seen(card)

    async def _on_submit(self, activity: ActivityPayload) -> ConnectorJson:
        answered = await self._promptly(parse_dialog_submission(activity), activity)
        if answered is None:
            return render_dialog_message(_copy(activity).line("teams.working"))
        return self.answers.dialog(answered)

    async def _on_fetch(self, activity: ActivityPayload) -> ConnectorJson:
        return await self.answers.form(get_form_token(activity), _copy(activity))

    async def _on_extension(self, activity: ActivityPayload) -> ConnectorJson:
        turn = parse_extension_command(activity)
        is_outside = not is_just_installed(activity) and await self.extension.is_outside(activity)
        answered = await self._promptly(make_turn_private(turn) if is_outside else turn, activity)
        if answered is None:
            return render_dialog_message(_copy(activity).line("teams.working"))
        if is_outside and isinstance(answered.reply, Ask):
            return await self.answers.build_install_offer(answered.reply, answered.copy)
        return self.answers.dialog(answered)

    async def _on_extension_submit(self, activity: ActivityPayload) -> ConnectorJson:
        if is_just_installed(activity):
            return await self._on_extension(activity)
        if token := get_form_token(activity):
            return await self.answers.form(token, _copy(activity))
        return await self._on_submit(activity)

    async def _on_query(self, activity: ActivityPayload) -> ConnectorJson:
        await self.references.keep_sender(activity)
        return await self.search.answer(activity, _copy(activity))

    async def _answered(self, turn: Turn, activity: ActivityPayload) -> TeamsReply:
        turn = await self.roster.introduce(turn, LookupSource.told(activity))
        await (self.references.keep_sender if is_extension_activity(activity) else self.references.keep)(activity)
        is_first = is_extension_activity(activity) and isinstance(turn, Command)
        reply = await self.bot.handle(mark_form_request(turn, activity) if is_first else turn)
        if isinstance(reply, Ask) and is_first:
            reply = fill_quoted_message(reply, activity)
        return TeamsReply(reply, Copy(choose_language(CURRENT_LANGUAGE.get())))

    async def _promptly(self, turn: Turn, activity: ActivityPayload) -> TeamsReply | None:
        """Return the answer, or None if it takes longer than Teams waits.

        A late answer goes out afterwards, to the person alone. Raises TurnNotStored if Teams must not get an
        acknowledgement.
        """
        work = self._answered(turn, activity)
        return await self._turns.run(turn, work, lambda late: self._send_answer(late, activity))

    async def _send_answer(self, work: Awaitable[TeamsReply], activity: ActivityPayload) -> None:
        await self._told(self.answers.message(await work, activity))

    async def _told(self, call: Awaitable[object]) -> None:
        """Send an answer. If Teams refuses it, only log that: the action itself is already done."""
        try:
            await call
        except CONNECTOR_ERRORS as error:
            log.warning("an answer was not taken", extra={"action": "answer_failed", "error": type(error).__name__})

    def _no_use(self, kind: str) -> None:
        self.unknown[kind] += 1
        log.info("no use for this", extra={"action": "unknown_request", "kind": kind[:60]})

    async def _connect(self) -> None:
        delay = MIN_LOGIN_RETRY_DELAY_S
        while self._trouble:
            try:
                await self.connector.credentials.token()
                self._trouble = None
            except CONNECTOR_ERRORS as error:
                self._trouble = f"login: {error}" if isinstance(error, Misconfigured) else type(error).__name__
                log.warning("Teams does not let us in", extra={"action": "not_connected", "error": self._trouble})
                await asyncio.sleep(delay)
                delay = min(delay * 2, MAX_LOGIN_RETRY_DELAY_S)


def _copy(activity: ActivityPayload) -> Copy:
    return Copy(choose_language(activity.get("locale")))


def _json(body: ConnectorJson) -> web.Response:
    return web.json_response(body) if body else web.Response()
