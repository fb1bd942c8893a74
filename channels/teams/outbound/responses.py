"""Replies in the way of each kind of request: a message, a card that changes, a dialog."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import assert_never

from bot.dispatch.conversation_store import Conversations
from bot.i18n.copy import Copy
from bot.protocol import serialization
from bot.protocol.channel import Gone, RetryLater
from bot.protocol.elements import Card, Text, as_text
from bot.protocol.turns import Ask, Quiet, Reply, Say, Update
from channels.teams import limits
from channels.teams.connector import client
from channels.teams.connector.client import Connector, Json
from channels.teams.inbound import activities, personal_views
from channels.teams.inbound.activities import Payload
from channels.teams.outbound.conversation_references import References
from channels.teams.outbound.posts import Posts
from channels.teams.render import elements as render_elements
from channels.teams.render import forms

CARD = "application/vnd.microsoft.card.adaptive"

TOAST = "application/vnd.microsoft.activity.message"

UNCHANGED: Json = {"statusCode": 200}

TRIES, LONGEST = 3, 30.0  # of an answer that is asked for patience; seconds

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """What the bot said, and the language it said it in."""

    reply: Reply
    copy: Copy


@dataclass(frozen=True, slots=True)
class Answers:
    connector: Connector
    references: References
    posts: Posts
    conversations: Conversations

    async def message(self, answered: Answered, activity: Payload) -> None:
        """Say it where the person spoke, or to them alone; what was pressed changes. Raises what the connector does."""
        reply = answered.reply
        match reply:
            case Say(card, private):
                way = self.alone if private else self._here
                await self.posts.taken(card, lambda said: way(said, answered.copy, activity))
            case Update(card) if personal_views.is_pressed(activity):
                await self.posts.taken(card, lambda said: self.alone(said, answered.copy, activity))
            case Update(card):
                await self.change(card, answered.copy, activity)
            case Ask():
                said = client.message(await self._way_to_form(reply, answered.copy), reply.form.title)
                await self.alone(said, answered.copy, activity)
            case Quiet():
                return
            case _:
                assert_never(reply)

    async def executed(self, answered: Answered) -> Json:
        """The answer to a button that is answered in place: for this person it is another card, or a line is shown."""
        reply = answered.reply
        match reply:
            case Update(card):
                return _executed(CARD, self._card(card))
            case Say(card):
                return toast(card.summary)
            case Ask():
                return _executed(CARD, await self._way_to_form(reply, answered.copy))
            case Quiet():
                return UNCHANGED
            case _:
                assert_never(reply)

    def seen(self, card: Card | None) -> Json:
        """What a person sees of a card from now on; without one it stays as it is."""
        return _executed(CARD, self._card(card)) if card else UNCHANGED

    def dialog(self, answered: Answered) -> Json:
        """The next step of a dialog; empty closes it. An error stands at its field, and what was typed stays."""
        reply = answered.reply
        match reply:
            case Ask():
                card = forms.form_card(reply, answered.copy.line("form.required"))
                return _goes_on(forms.dialog_title(reply.form.title), card)
            case Say(card) | Update(card):
                return _goes_on(forms.dialog_title(card.title), render_elements.submitted_only(self._card(card)))
            case Quiet():
                return {}
            case _:
                assert_never(reply)

    async def form(self, token: str, copy: Copy) -> Json:
        """The dialog that a button leads to, or a line where nobody remembers it."""
        kept = await self.conversations.read(token)
        ask = serialization.load(kept["ask"]) if kept and "ask" in kept else None
        if not kept or not isinstance(ask, Ask):
            return line(copy.line("teams.form_gone"))
        return self.dialog(Answered(ask, Copy(kept["language"])))

    async def offer_to_join(self, ask: Ask, copy: Copy) -> Json:
        """A dialog that offers to add us to the chat first, or to go on to the form without that."""
        words = copy.text("teams.outside")
        shown = self._card(Card(ask.form.title, as_text(words.spans), (words,)))
        on = render_elements.submit(copy.line("teams.go_on"), {"form": await self._kept(ask, copy)}, "default")
        join = render_elements.submit(copy.line("teams.join"), {"msteams": {"justInTimeInstall": True}})
        return _goes_on(forms.dialog_title(ask.form.title), shown | {"actions": [join, on]})

    async def change(self, card: Card, copy: Copy, activity: Payload) -> None:
        """The message that was pressed becomes this card, for everybody who sees it."""
        pressed = activity.get("replyToId")
        if not pressed:
            await self.posts.taken(card, lambda said: self._here(said, copy, activity))
            return
        update = partial(self.connector.update, activity["serviceUrl"], activity["conversation"]["id"], pressed)
        try:
            await self.posts.taken(card, lambda said: _patiently(partial(update, said)))
        except client.Missing:
            log.info("what was pressed is not there any more", extra={"action": "edit_missing"})

    async def alone(self, said: Json, copy: Copy, activity: Payload) -> None:
        """Say it to the person alone; where that cannot be, they are asked in the place to open a chat with us."""
        if activities.is_personal(activity):
            await self._here(said, copy, activity)
            return
        try:
            there = await self.references.alone_with_sender(activity)
            await _patiently(lambda: self.connector.send(*there, said))
        except Gone:
            words = copy.line("teams.open_chat")
            await self._here({"type": "message", "text": words, "textFormat": "plain"}, copy, activity)

    async def _here(self, said: Json, _copy: Copy, activity: Payload) -> None:
        service_url, conversation = activity["serviceUrl"], activity["conversation"]["id"]
        await _patiently(lambda: self.connector.send(service_url, conversation, said))

    async def _way_to_form(self, ask: Ask, copy: Copy) -> Json:
        """A card with a button: only a button of a card can open a dialog."""
        token = await self._kept(ask, copy)
        words = ask.form.intro or copy.line("teams.form_title")
        card = self._card(Card(ask.form.title, words, (Text((words,)),)))
        return card | {"actions": [render_elements.opener(copy.line("teams.open_form"), token)]}

    async def _kept(self, ask: Ask, copy: Copy) -> str:
        """The form waits under the token."""
        return await self.conversations.open({"ask": serialization.dump(ask), "language": copy.language})

    def _card(self, card: Card) -> Json:
        return dict(self.posts.said(card)["attachments"][0]["content"])


def toast(words: str) -> Json:
    """A line that answers a press."""
    return _executed(TOAST, words if len(words) <= limits.TOAST else words[: limits.TOAST - 1] + "…")


def line(words: str) -> Json:
    """A dialog that only says so."""
    return {"task": {"type": "message", "value": words}}


def _executed(kind: str, value: object) -> Json:
    return {"statusCode": 200, "type": kind, "value": value}


def _goes_on(title: str, card: Json) -> Json:
    shown = {"contentType": CARD, "content": card}
    return {
        "task": {"type": "continue", "value": {"title": title, "height": "medium", "width": "medium", "card": shown}}
    }


async def _patiently(call: Callable[[], Awaitable[object]]) -> None:
    """Make the call; where the connector asks for patience, wait for it a few times. Raises as the last try."""
    for left in reversed(range(TRIES)):
        try:
            await call()
        except RetryLater as patience:
            if not left or patience.after > LONGEST:
                raise
            await asyncio.sleep(max(patience.after, 0.05))
        else:
            return
