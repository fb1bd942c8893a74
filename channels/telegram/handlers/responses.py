"""Replies in the way of each kind of update: in the chat, in private, in the place of a message, as an alert."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, assert_never

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.dispatch.conversation_store import ConversationStore
from bot.i18n.copy import Copy
from bot.protocol.elements import Card
from bot.protocol.pictures import resolve_picture_urls
from bot.protocol.serialization import dump_value, load_value
from bot.protocol.turns import Ask, Command, Press, Quiet, Reply, Say, Source, Update
from channels.telegram import limits
from channels.telegram.api import has_error_reason
from channels.telegram.forms.conversation import FormConversation
from channels.telegram.handlers.confirmation import toggle_confirmation
from channels.telegram.outbound.language import load_reader_copy
from channels.telegram.outbound.posts import edit_telegram_message, send_telegram_answer
from channels.telegram.render.cards import TelegramMessage, render_telegram_card, render_telegram_lines
from channels.telegram.render.entities import build_text_line, measure_telegram_text

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TelegramResponder:
    """Raises what Telegram does, but where a person cannot be written to: then they are called to the private chat."""

    bot: ExtBot[None]
    conversations: ConversationStore
    steps: FormConversation
    username: Callable[[], str]
    public_url: str = ""

    async def command(self, reply: Reply, source: Source, copy: Copy) -> None:
        """Answer what a person wrote: in the chat where all may read it, else to them alone."""
        match reply:
            case Say(card, private):
                if private and not source.private:
                    await self._alone(reply, source, copy)
                else:
                    await self._here(self._said(card, copy), source)
            case Update(card):
                await self._alone(Say(card), source, copy)
            case Ask():
                await self._alone(reply, source, copy)
            case Quiet():
                return
            case _:
                assert_never(reply)

    async def press(self, reply: Reply, source: Source, copy: Copy) -> str:
        """Answer a button: its message changes, or something is said to the person. Returns the words of an alert."""
        match reply:
            case Say(card):
                if _fits_alert(card, source):
                    return card.summary
                await self._alone(reply, source, copy)
            case Update(card):
                await self._changed(card, source, copy)
            case Ask():
                await self._alone(reply, source, copy)
            case Quiet():
                pass
            case _:
                assert_never(reply)
        return ""

    async def submission(self, reply: Reply, source: Source, copy: Copy) -> str:
        """Answer a form that was sent: its message becomes the answer, or asks again. Returns as `press`."""
        match reply:
            case Say(card, failed=True):
                return card.summary
            case Say(card) | Update(card):
                await self._changed(card, source, copy)
                await self.steps.close(source)
            case Ask():
                await self.steps.begin(reply, source, copy)
            case Quiet():
                await self.steps.close(source)
            case _:
                assert_never(reply)
        return ""

    async def confirm(self, turn: Press, keyboard: InlineKeyboardMarkup | None) -> None:
        """Replace a button that needs a confirmation by the buttons that confirm or cancel it."""
        if keyboard:
            way, copy = turn.source.way_back, await load_reader_copy(self.steps.sessions, turn.source)
            rows = toggle_confirmation(keyboard, turn.token, copy)
            await self.bot.edit_message_reply_markup(int(way["chat"]), way["message"], reply_markup=rows)

    async def waiting(self, turn: Command) -> bool:
        """Show the answer that waits for this person behind the deep link of a `/start`.

        Return whether there was one.
        """
        token = "".join(part for part in turn.words if isinstance(part, str)).strip()
        kept = await self.conversations.read(token)
        if not kept or kept.get("for") != _whose(turn.source):
            return False
        reply: Reply = load_value(kept["reply"])
        await self.command(reply, turn.source, Copy(kept["language"]))
        await self.conversations.close(token)
        return True

    async def tell(self, words: str, source: Source) -> None:
        """Send the person in private a text that came too late for an alert."""
        copy = await load_reader_copy(self.steps.sessions, source)
        await send_telegram_answer(
            self.bot, source.account, render_telegram_lines([build_text_line((words,))], (), copy)
        )

    async def refuse_anonymous_sender(self, source: Source) -> None:
        """Explain kindly to a sender that writes as a group or a channel that only people can take part."""
        copy = await load_reader_copy(self.steps.sessions, source)
        await self._here(
            render_telegram_lines([build_text_line((copy.line("telegram.not_a_person"),))], (), copy), source
        )

    async def _here(self, said: TelegramMessage, source: Source) -> None:
        """Send the message to the chat and its topic. In a group it is a reply to the person's message."""
        way = source.way_back
        answers = None if source.private else way["message"]
        await send_telegram_answer(self.bot, way["chat"], said, thread=way.get("thread"), answers=answers)

    async def _alone(self, reply: Say | Ask, source: Source, copy: Copy) -> None:
        """Send the reply to the person's private chat. If the bot may not write there, a line here links to it."""
        try:
            if isinstance(reply, Ask):
                await self.steps.begin(reply, source, copy)
            else:
                await send_telegram_answer(self.bot, source.account, self._said(reply.card, copy))
        except TelegramError as error:
            chat_is_missing = isinstance(error, BadRequest) and has_error_reason(error, "chat not found")
            if source.private or not (isinstance(error, Forbidden) or chat_is_missing):
                raise  # else the person has blocked the bot, or has yet to start it
            await self._beckon(reply, source, copy)

    async def _beckon(self, reply: Say | Ask, source: Source, copy: Copy) -> None:
        kept: dict[str, Any] = {"for": _whose(source), "reply": dump_value(reply), "language": copy.language}
        token = await self.conversations.open(kept)
        link = f"https://t.me/{self.username()}?start={token}"
        door = InlineKeyboardButton(copy.line("telegram.open_private"), url=link)
        await self._here(
            render_telegram_lines([build_text_line((copy.line("telegram.not_met"),))], ((door,),), copy), source
        )

    async def _changed(self, card: Card, source: Source, copy: Copy) -> None:
        """Replace the message with the pressed button by the card. If it cannot be edited, send a new one."""
        said = self._said(card, copy)
        try:
            await edit_telegram_message(self.bot, source.way_back["chat"], source.way_back["message"], said)
        except BadRequest:
            await self._alone(Say(card), source, copy)

    def _said(self, card: Card, copy: Copy) -> TelegramMessage:
        return render_telegram_card(resolve_picture_urls(card, self.public_url), copy)


def _fits_alert(card: Card, source: Source) -> bool:
    """Return whether the card can be shown as an alert.

    That is a short refusal anywhere, or in a group any short card without actions.
    """
    short = bool(card.summary.strip()) and measure_telegram_text(card.summary) <= limits.ALERT_TEXT
    return short and (card.tone == "refusal" or not (source.private or card.actions))


def _whose(source: Source) -> str:
    return f"{source.tenant}:{source.account}"


async def try_telegram_call(call: Awaitable[object]) -> bool:
    """Await the call and return whether Telegram took it.

    A failure is only logged, because the turn is already done.
    """
    try:
        await call
    except TelegramError as error:
        log.warning("an answer was not taken", extra={"action": "answer_failed", "error": type(error).__name__})
        return False
    return True
