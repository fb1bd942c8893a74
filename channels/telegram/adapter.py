"""Telegram: updates in by webhook or polling, answers and posts out through the Bot API."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, assert_never

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import TelegramError

from bot.dispatch.dispatcher import Bot
from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from bot.protocol.channel import Destination
from bot.protocol.context import CURRENT_LANGUAGE
from bot.protocol.elements import Card
from bot.protocol.turns import Command, Press, Submission, Turn
from channels.server.time_limits import TIME_LIMITS, TimeLimits
from channels.tasks.background import BackgroundTasks, wait_until_done
from channels.tasks.deduplication import Deduplicator
from channels.tasks.prompt_turns import PromptTurns, TurnNotStored
from channels.telegram.api import close_telegram_bot, connect_telegram, get_bot_id
from channels.telegram.config import TelegramConfig
from channels.telegram.forms import question
from channels.telegram.forms.conversation import FormConversation
from channels.telegram.handlers.acknowledgement import CANCEL_COMMAND, START_COMMAND, get_storable_turn
from channels.telegram.handlers.chats import ChatHandler
from channels.telegram.handlers.confirmation import is_confirmation_button
from channels.telegram.handlers.ordering import AccountQueue
from channels.telegram.handlers.responses import TelegramResponder, try_telegram_call
from channels.telegram.inbound import updates
from channels.telegram.inbound.polling import UpdatePoller
from channels.telegram.inbound.text import BotIdentity
from channels.telegram.inbound.updates import (
    AnonymousSender,
    BotRemoved,
    ContactsPicked,
    GroupJoined,
    GroupMigrated,
    MalformedUpdate,
    ParsedUpdate,
    TurnUpdate,
    WordlessMessage,
    get_update_key,
    parse_telegram_update,
)
from channels.telegram.inbound.verification import verify_telegram_request
from channels.telegram.outbound.posts import TelegramPoster
from channels.telegram.profiles import TelegramProfiles

MIN_CONNECT_DELAY_S, MAX_CONNECT_DELAY_S = 1.0, 60.0  # seconds between attempts to connect, growing


log = logging.getLogger(__name__)


class TelegramAdapter:
    """The channel: one bot of Telegram's."""

    name = updates.TELEGRAM_CHANNEL
    pace = (18 / 60, 2)  # posts a second to one chat, and at once: groups take 20 a minute
    pace_overall = (15.0, 15)  # no second sees more than 30: a channel at its pace rests for one

    def __init__(
        self, bot: Bot, account: TelegramConfig, public_url: str = "", times: TimeLimits = TIME_LIMITS
    ) -> None:
        if account.mode == "webhook" and not account.secrets:
            raise ValueError("a webhook needs TELEGRAM_WEBHOOK_SECRET")
        self.bot = bot
        self.client = connect_telegram(account.token, account.api_url, times)
        self.unknown: Counter[str] = Counter()  # what Telegram sent and we have no use for, by kind
        self.chats = ChatHandler(bot.writing, get_bot_id(account.token), bot.clock)
        self.posts = TelegramPoster(self.client, self.chats.move, public_url)
        self.profiles = TelegramProfiles(bot.writing, bot.reading)
        steps = FormConversation(self.client, bot.conversations, bot.reading, account.token.encode())
        self.answers = TelegramResponder(self.client, bot.conversations, steps, lambda: self._username, public_url)
        self._account = account
        self._verbs = frozenset(name for verb in bot.verbs for name in (verb.name, *verb.aliases))
        self._polling = UpdatePoller(self.client, self.take)
        self._once = Deduplicator()
        self._in_turn = AccountQueue()
        self._under_way = BackgroundTasks(times.telegram_answer_s, times.last_answers_s)
        self._turns = PromptTurns(bot, self._under_way, times.telegram_store_s)
        self._press_s = times.telegram_press_s
        self._username = ""
        self._connected = asyncio.Event()
        self._trouble: str | None = "not connected yet"
        self._tasks: list[asyncio.Task[None]] = []

    def routes(self, app: web.Application) -> None:
        if self._account.mode == "webhook":
            app.router.add_post("/telegram/webhook", self.receive)

    async def start(self) -> None:
        """Connect in the background: if Telegram is down, the other channels still serve."""
        self._tasks = [asyncio.create_task(self._connect(), name="telegram connects")]
        if self._account.group:
            await self.chats.follow(self._account.group)
        if self._account.mode == "polling":
            self._tasks.append(asyncio.create_task(self._polling.run(), name="telegram polls"))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._under_way.finish()
        await close_telegram_bot(self.client)

    def trouble(self) -> str | None:
        return self._trouble or self._polling.trouble

    async def post(self, to: Destination, card: Card) -> dict[str, Any]:
        return await self.posts.post(to, card)

    async def edit(self, to: Destination, ref: dict[str, Any], card: Card) -> None:
        await self.posts.edit(to, ref, card)

    async def receive(self, request: web.Request) -> web.Response:
        """Handle `POST /telegram/webhook`. An update that was handled or stored gets 200, whatever the result.

        On 503 Telegram sends the update again, and holds back all later ones of the chat.
        """
        try:
            await self.take(await verify_telegram_request(request, self._account.secrets))
        except TurnNotStored:
            return web.Response(status=503)
        return web.Response()

    async def introduce(self, turn: Turn) -> Turn:
        """Look up once more who is in a turn that was stored."""
        return await self.profiles.resolved(turn)

    async def take(self, update: Mapping[str, Any]) -> None:
        """Handle an update once. Long work continues after this returns.

        Raises TurnNotStored if Telegram must not get an acknowledgement.
        """
        await self._known()
        try:
            meant = parse_telegram_update(
                update, BotIdentity(get_bot_id(self._account.token), self._username, self._verbs)
            )
        except MalformedUpdate as error:
            log.warning("an update has an odd shape", extra={"action": "odd_request", "where": str(error)})
            return
        if meant is None:
            kind = next((key for key in update if key != "update_id"), "empty")
            self.unknown[kind] += 1
            log.info("no use for this", extra={"action": "unknown_request", "kind": kind})
            return
        name = get_update_key(meant, update["update_id"])
        work = self._once.run(name, lambda: self._safely(meant))
        await self._turns.run(get_storable_turn(meant), work, wait_until_done)

    async def _known(self) -> None:
        """Wait a moment until the bot's username is known. It decides whether "/kudos@LaurelBot" is for this bot."""
        if not self._connected.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._press_s):
                    await self._connected.wait()

    async def _safely(self, meant: ParsedUpdate) -> None:
        try:
            await self._do(meant)
        except TelegramError as error:
            log.warning("an answer was not taken", extra={"action": "answer_failed", "error": type(error).__name__})
        except (SQLAlchemyError, OSError) as error:
            log.warning("an update failed", extra={"action": "update_failed", "error": type(error).__name__})
            raise TurnNotStored from None
        except Exception:  # the edge: an update that fails must not hold up those behind it
            log.exception("an update failed", extra={"action": "update_failed"})

    async def _do(self, meant: ParsedUpdate) -> None:
        match meant:
            case TurnUpdate(turn=Press()):
                await self._pressed(meant)
            case TurnUpdate(turn):
                await self._in_turn.run(turn.source.account, lambda: self._told(meant))
            case ContactsPicked(source, request, contacts):
                await self._in_turn.run(source.account, lambda: self.answers.steps.pick(source, request, contacts))
            case WordlessMessage(source):
                await self._in_turn.run(source.account, lambda: self.answers.steps.hear(source, ()))
            case AnonymousSender(source):
                await self.answers.refuse_anonymous_sender(source)
            case GroupMigrated(old, new):
                await self.chats.move(old, new)
            case GroupJoined(chat, name):
                await self.chats.join(chat, name)
            case BotRemoved(chat, private):
                await (self.chats.block(chat) if private else self.chats.leave(chat))
            case _:
                assert_never(meant)

    async def _told(self, said: TurnUpdate) -> None:
        """Pass a command or a text to the form that waits for it, or else to the bot."""
        turn = await self.profiles.introduce(said)
        if not isinstance(turn, Command):
            return
        if turn.source.private and turn.verb == START_COMMAND and turn.words:
            if await self.answers.waiting(turn):
                return
            turn = Command(turn.source, START_COMMAND)
        if turn.source.private and turn.verb == CANCEL_COMMAND:
            await self.answers.steps.give_up(turn.source)
            return
        if turn.source.private and not turn.verb and await self.answers.steps.hear(turn.source, turn.words):
            return
        reply = await self.bot.handle(turn)
        await self.answers.command(reply, turn.source, _copy())
        await self.profiles.note(said)  # the turn may have linked the account to a person

    async def _pressed(self, said: TurnUpdate) -> None:
        """Answer a press in time, even while its turn goes on. A later result is sent as a message of its own."""
        work = asyncio.create_task(self._in_turn.run(said.turn.source.account, lambda: self._press(said)))
        done, _ = await asyncio.wait({work}, timeout=self._press_s)
        alert = "" if not done or work.exception() else work.result()
        query = said.turn.source.message_id
        await try_telegram_call(self.client.answer_callback_query(query, alert or None, show_alert=bool(alert) or None))
        words = await work
        if words and not done:
            await self.answers.tell(words, said.turn.source)

    async def _press(self, said: TurnUpdate) -> str:
        """Do what the button says; returns the words of the alert."""
        turn = await self.profiles.introduce(said)
        if not isinstance(turn, Press):
            return ""
        if is_confirmation_button(turn.token):
            await self.answers.confirm(turn, said.keyboard)
            return ""
        if not turn.token.startswith(f"{question.STEP_PREFIX}:"):
            return await self.answers.press(await self.bot.handle(turn), turn.source, _copy())
        step = await self.answers.steps.press(turn)
        if not isinstance(step, Submission):
            return step.words
        return await self.answers.submission(await self.bot.handle(step), turn.source, _copy())

    async def _connect(self) -> None:
        delay = MIN_CONNECT_DELAY_S
        while self._trouble:
            try:
                self._username = (await self.client.get_me()).username or ""
                self._trouble = None
                self._connected.set()
                await self._look_for_webhook()
            except TelegramError as error:
                self._trouble = type(error).__name__
                log.warning("Telegram does not answer", extra={"action": "not_connected", "error": self._trouble})
                await asyncio.sleep(delay)
                delay = min(delay * 2, MAX_CONNECT_DELAY_S)

    async def _look_for_webhook(self) -> None:
        """Log a warning if no webhook is set in webhook mode. No other sign would show it."""
        with suppress(TelegramError):
            if self._account.mode == "webhook" and not (await self.client.get_webhook_info()).url:
                log.warning("no webhook is set: run manifest telegram --apply", extra={"action": "no_webhook"})


def _copy() -> Copy:
    return Copy(choose_language(CURRENT_LANGUAGE.get()))
