"""Replies to each kind of request: a message, a changed card or a dialog."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import assert_never

from bot.dispatch.conversation_store import ConversationStore
from bot.i18n.copy import Copy
from bot.protocol.channel import DestinationGone, RetryLater
from bot.protocol.elements import Card, Text, render_spans_as_text
from bot.protocol.serialization import dump_value, load_value
from bot.protocol.turns import Ask, Quiet, Reply, Say, Update
from channels.teams import limits
from channels.teams.connector.client import Connector, ConnectorJson, TeamsTargetMissing, build_message_activity
from channels.teams.inbound.activities import ActivityPayload, is_personal_chat
from channels.teams.inbound.personal_views import is_personal_view_press
from channels.teams.outbound.conversation_references import ConversationReferences
from channels.teams.outbound.posts import TeamsPoster
from channels.teams.render.elements import convert_to_submit_actions, render_dialog_opener, render_submit_action
from channels.teams.render.forms import clip_dialog_title, render_teams_form

ADAPTIVE_CARD_TYPE = "application/vnd.microsoft.card.adaptive"
TOAST_TYPE = "application/vnd.microsoft.activity.message"
UNCHANGED_RESPONSE: ConnectorJson = {"statusCode": 200}
MAX_ANSWER_TRIES, MAX_ANSWER_DELAY_S = 3, 30.0  # of an answer that Teams puts off; seconds

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TeamsReply:
    """A reply of the bot, with the language that it is written in."""

    reply: Reply
    copy: Copy


@dataclass(frozen=True, slots=True)
class TeamsResponder:
    connector: Connector
    references: ConversationReferences
    posts: TeamsPoster
    conversations: ConversationStore

    async def message(self, answered: TeamsReply, activity: ActivityPayload) -> None:
        """Send a reply as a message to the conversation or to the person alone, or change the card that was pressed.

        Raises what the connector raises.
        """
        reply = answered.reply
        match reply:
            case Say(card, private):
                way = self.alone if private else self._here
                await self.posts.taken(card, lambda said: way(said, answered.copy, activity))
            case Update(card) if is_personal_view_press(activity):
                await self.posts.taken(card, lambda said: self.alone(said, answered.copy, activity))
            case Update(card):
                await self.change(card, answered.copy, activity)
            case Ask():
                said = build_message_activity(await self._way_to_form(reply, answered.copy), reply.form.title)
                await self.alone(said, answered.copy, activity)
            case Quiet():
                return
            case _:
                assert_never(reply)

    async def executed(self, answered: TeamsReply) -> ConnectorJson:
        """Build the answer to an Action.Execute: a new card for this person, or a short line."""
        reply = answered.reply
        match reply:
            case Update(card):
                return _executed(ADAPTIVE_CARD_TYPE, self._card(card))
            case Say(card):
                return render_toast(card.summary)
            case Ask():
                return _executed(ADAPTIVE_CARD_TYPE, await self._way_to_form(reply, answered.copy))
            case Quiet():
                return UNCHANGED_RESPONSE
            case _:
                assert_never(reply)

    def seen(self, card: Card | None) -> ConnectorJson:
        """Build the answer that shows a person this view of a card. Without a card their view stays unchanged."""
        return _executed(ADAPTIVE_CARD_TYPE, self._card(card)) if card else UNCHANGED_RESPONSE

    def dialog(self, answered: TeamsReply) -> ConnectorJson:
        """Build the next step of a dialog; {} closes it.

        A form keeps what was typed, and shows each error at its field.
        """
        reply = answered.reply
        match reply:
            case Ask():
                card = render_teams_form(reply, answered.copy.line("form.required"))
                return _goes_on(clip_dialog_title(reply.form.title), card)
            case Say(card) | Update(card):
                return _goes_on(clip_dialog_title(card.title), convert_to_submit_actions(self._card(card)))
            case Quiet():
                return {}
            case _:
                assert_never(reply)

    async def form(self, token: str, copy: Copy) -> ConnectorJson:
        """Return the dialog that is stored under `token`, or a notice if it has expired."""
        kept = await self.conversations.read(token)
        ask = load_value(kept["ask"]) if kept and "ask" in kept else None
        if not kept or not isinstance(ask, Ask):
            return render_dialog_message(copy.line("teams.form_gone"))
        return self.dialog(TeamsReply(ask, Copy(kept["language"])))

    async def build_install_offer(self, ask: Ask, copy: Copy) -> ConnectorJson:
        """Build a dialog that offers to add the bot to the chat, or to go on to the form without it."""
        words = copy.text("teams.outside")
        shown = self._card(Card(ask.form.title, render_spans_as_text(words.spans), (words,)))
        on = render_submit_action(copy.line("teams.go_on"), {"form": await self._kept(ask, copy)}, "default")
        join = render_submit_action(copy.line("teams.join"), {"msteams": {"justInTimeInstall": True}})
        return _goes_on(clip_dialog_title(ask.form.title), shown | {"actions": [join, on]})

    async def change(self, card: Card, copy: Copy, activity: ActivityPayload) -> None:
        """Replace the message that was pressed by this card, for everyone who sees it.

        If the activity names no such message, post a new one. A message that is missing by now is only logged. Raises
        what the connector raises.
        """
        pressed = activity.get("replyToId")
        if not pressed:
            await self.posts.taken(card, lambda said: self._here(said, copy, activity))
            return
        update = partial(self.connector.update, activity["serviceUrl"], activity["conversation"]["id"], pressed)
        try:
            await self.posts.taken(card, lambda said: _patiently(partial(update, said)))
        except TeamsTargetMissing:
            log.info("what was pressed is not there any more", extra={"action": "edit_missing"})

    async def alone(self, said: ConnectorJson, copy: Copy, activity: ActivityPayload) -> None:
        """Send an activity to the person alone.

        If that is impossible, ask them in the place to open a chat with the bot. Raises what the connector raises.
        """
        if is_personal_chat(activity):
            await self._here(said, copy, activity)
            return
        try:
            there = await self.references.alone_with_sender(activity)
            await _patiently(lambda: self.connector.send(*there, said))
        except DestinationGone:
            words = copy.line("teams.open_chat")
            await self._here({"type": "message", "text": words, "textFormat": "plain"}, copy, activity)

    async def _here(self, said: ConnectorJson, _copy: Copy, activity: ActivityPayload) -> None:
        service_url, conversation = activity["serviceUrl"], activity["conversation"]["id"]
        await _patiently(lambda: self.connector.send(service_url, conversation, said))

    async def _way_to_form(self, ask: Ask, copy: Copy) -> ConnectorJson:
        """Build a card with a button that opens the form: in Teams only a button of a card can open a dialog."""
        token = await self._kept(ask, copy)
        words = ask.form.intro or copy.line("teams.form_title")
        card = self._card(Card(ask.form.title, words, (Text((words,)),)))
        return card | {"actions": [render_dialog_opener(copy.line("teams.open_form"), token)]}

    async def _kept(self, ask: Ask, copy: Copy) -> str:
        """Store the form and return its token."""
        return await self.conversations.open({"ask": dump_value(ask), "language": copy.language})

    def _card(self, card: Card) -> ConnectorJson:
        return dict(self.posts.said(card)["attachments"][0]["content"])


def render_toast(words: str) -> ConnectorJson:
    """Build the answer to a press that shows a short line, cut to TOAST_TEXT characters."""
    return _executed(TOAST_TYPE, words if len(words) <= limits.TOAST_TEXT else words[: limits.TOAST_TEXT - 1] + "…")


def render_dialog_message(words: str) -> ConnectorJson:
    """Build a dialog that shows only these words."""
    return {"task": {"type": "message", "value": words}}


def render_apology(activity: ActivityPayload, copy: Copy) -> ConnectorJson:
    """Build the apology for a fault on our side, in the form that the invoke expects."""
    words = copy.line("notices.apology")
    return render_toast(words) if activity.get("name") == "adaptiveCard/action" else render_dialog_message(words)


def _executed(kind: str, value: object) -> ConnectorJson:
    return {"statusCode": 200, "type": kind, "value": value}


def _goes_on(title: str, card: ConnectorJson) -> ConnectorJson:
    shown = {"contentType": ADAPTIVE_CARD_TYPE, "content": card}
    return {
        "task": {"type": "continue", "value": {"title": title, "height": "medium", "width": "medium", "card": shown}}
    }


async def _patiently(call: Callable[[], Awaitable[object]]) -> None:
    """Make the call, and repeat it after RetryLater up to MAX_ANSWER_TRIES times.

    Waits of more than MAX_ANSWER_DELAY_S seconds are refused. Raises as the last try.
    """
    for left in reversed(range(MAX_ANSWER_TRIES)):
        try:
            await call()
        except RetryLater as patience:
            if not left or patience.after > MAX_ANSWER_DELAY_S:
                raise
            await asyncio.sleep(max(patience.after, 0.05))
        else:
            return
