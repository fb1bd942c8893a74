"""Replies in the way of each kind of request: the answer to it, a modal, the way back."""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import assert_never

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.dispatch.conversation_store import Conversations
from bot.i18n.copy import Copy
from bot.protocol import serialization
from bot.protocol.channel import Gone, RetryLater, Unclear
from bot.protocol.elements import Card, Text
from bot.protocol.turns import Ask, Quiet, Reply, Say, Update
from channels.slack import api
from channels.slack.api import NotTaken
from channels.slack.outbound import too_long
from channels.slack.outbound.posts import QUIET
from channels.slack.render import forms
from channels.slack.render.cards import FORM, button, message
from channels.slack.types import Body, Json
from channels.slack.workspaces.workspaces import Workspaces

QUICK = 2.0  # seconds to open a form: a trigger lives for three

FAULTS = (SlackApiError, ClientError, OSError, NotTaken, RetryLater, Gone, Unclear)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """What the bot said, the language it said it in, and to which workspace."""

    reply: Reply
    copy: Copy
    team: str


@dataclass(frozen=True, slots=True)
class Answers:
    workspaces: Workspaces
    conversations: Conversations

    async def command(self, answered: Answered, body: Body) -> Json:
        """What the answer to a slash command says; a form is opened first."""
        reply, copy = answered.reply, answered.copy
        match reply:
            case Say(card, private):
                return message(card, copy) | {"response_type": "ephemeral" if private else "in_channel"}
            case Update(card):
                return message(card, copy) | {"response_type": "ephemeral"}
            case Ask():
                if await self._shown("views.open", reply, answered.team, body):
                    return {}
                return await self._way_to_form(reply, copy) | {"response_type": "ephemeral"}
            case Quiet():
                return {}
            case _:
                assert_never(reply)

    async def command_late(self, body: Body, said: Awaitable[Json]) -> None:
        """Say what an acknowledged command came to, through its way back."""
        if (message := await said) and body.get("response_url"):
            await self._told(body["team_id"], body["user_id"], body, message | {"replace_original": False})

    def submission(self, answered: Answered, body: Body) -> Json:
        """What the answer to a modal says. An error stands at its field; what was typed stays."""
        reply = answered.reply
        if isinstance(reply, Ask) and reply.errors and _is_same_form(reply, body["view"]):
            return {"response_action": "errors", "errors": forms.errors(reply)}
        view = _view(answered)
        return {"response_action": "update", "view": view} if view else {}

    async def submission_late(self, body: Body, answered: Awaitable[Answered]) -> None:
        """Show what an acknowledged form came to, in its modal."""
        await self.aside(await answered, body)

    async def press(self, answered: Answered, body: Body) -> None:
        """Answer a button: its message changes, something is said beside it, or a form opens."""
        reply = answered.reply
        method = "views.push" if body.get("view") else "views.open"
        if isinstance(reply, Ask) and await self._shown(method, reply, answered.team, body):
            return
        await self.aside(answered, body)

    async def in_modal(self, answered: Answered, body: Body) -> None:
        """Answer what was chosen from a menu: in a modal, or where that opens too late, beside it."""
        view = _view(answered)
        if view is None or await self._opened("views.open", view, answered.team, body):
            return
        if body.get("response_url"):
            await self.aside(answered, body)
        else:
            said = await self._said(answered)
            call = QUIET | {key: said[key] for key in ("text", "blocks")}
            await taken(self._directly(answered.team, body["user"]["id"], call))

    async def aside(self, answered: Answered, body: Body) -> None:
        """Answer beside the acknowledgement: through the way back, or in the modal."""
        if body.get("response_url"):
            said = await self._said(answered)
            if said:
                await self._told(answered.team, body["user"]["id"], body, said)
        elif body.get("view") and (view := _view(answered)):
            client = self.workspaces.client_of(answered.team)
            await taken(client.views_update(view_id=body["view"]["id"], view=view))

    async def event(self, answered: Answered, event: Body) -> None:
        """Say it where the person spoke: in their direct messages, or there for them alone. Raises what Slack does.

        Where they cannot be told there, as guests of a thread or where we were put out, they are told directly; what
        may pass is raised.
        """
        said = await self._said(answered)
        if not said:
            return
        in_public = isinstance(answered.reply, Say) and not answered.reply.private
        call = QUIET | {key: said[key] for key in ("text", "blocks")}
        there = call | {key: event[key] for key in ("channel", "thread_ts") if event.get(key)}
        client = self.workspaces.client_of(answered.team)
        if in_public or event["channel"].startswith("D"):
            await _sent(client, "chat.postMessage", there)
            return
        try:
            await _sent(client, "chat.postEphemeral", there | {"user": event["user"]})
        except SlackApiError as error:
            if isinstance(api.meaning_of(error), RetryLater | Unclear):
                raise
            await self._directly(answered.team, event["user"], call)

    async def _told(self, team: str, account: str, body: Body, message: Json) -> None:
        """Through the way back; where Slack does not take it there, to the person alone."""
        if not await taken(self._respond(body, message)):
            call = QUIET | {key: message[key] for key in ("text", "blocks")}
            await taken(self._directly(team, account, call))

    async def _directly(self, team: str, account: str, call: Json) -> None:
        """To the person alone, where they are not or we are not: in our direct messages."""
        client = self.workspaces.client_of(team)
        opened = await client.conversations_open(users=[account])
        await _sent(client, "chat.postMessage", call | {"channel": opened["channel"]["id"]})

    async def _respond(self, body: Body, message: Json) -> None:
        plain = self.workspaces.plain
        await too_long.sent(lambda said: api.respond(plain, body["response_url"], said), message)

    async def form(self, token: str, team: str, body: Body) -> bool:
        """The button that leads to a form was pressed: now there is a trigger to open it with.

        Returns False where nobody remembers the form.
        """
        kept = await self.conversations.read(token)
        ask = serialization.load(kept["ask"]) if kept and "ask" in kept else None
        if not kept or not isinstance(ask, Ask):
            return False
        if not await self._shown("views.open", ask, team, body):
            copy = Copy(kept["language"])
            gone = copy.line("slack.form_gone")
            await self.aside(
                Answered(Say(Card(copy.line("notices.refused"), gone, (Text((gone,)),))), copy, team), body
            )
        return True

    async def _said(self, answered: Answered) -> Json:
        """A message of the reply, with what a way back must know; empty where nothing is to be said."""
        reply, copy = answered.reply, answered.copy
        match reply:
            case Say(card, private):
                kind = "ephemeral" if private else "in_channel"
                return message(card, copy) | {"response_type": kind, "replace_original": False}
            case Update(card):
                return message(card, copy) | {"replace_original": True}
            case Ask():
                return await self._way_to_form(reply, copy) | {"response_type": "ephemeral", "replace_original": False}
            case Quiet():
                return {}
            case _:
                assert_never(reply)

    async def _shown(self, method: str, ask: Ask, team: str, body: Body) -> bool:
        return await self._opened(method, forms.view(ask), team, body)

    async def _opened(self, method: str, view: Json, team: str, body: Body) -> bool:
        call = {"trigger_id": body["trigger_id"], "view": view}
        return await taken(asyncio.wait_for(self.workspaces.client_of(team).api_call(method, json=call), QUICK))

    async def _way_to_form(self, ask: Ask, copy: Copy) -> Json:
        """A message with a button: a form needs a trigger, and a message or a late answer has none."""
        token = await self.conversations.open({"ask": serialization.dump(ask), "language": copy.language})
        words = ask.form.intro or copy.line("slack.form_title")
        said = message(Card(ask.form.title, words, (Text((words,)),)), copy)
        opener = {"type": "actions", "elements": [button(FORM, copy.line("slack.open_form"), token)]}
        return said | {"blocks": [*said["blocks"], opener]}


def _view(answered: Answered) -> Json | None:
    match answered.reply:
        case Ask() as ask:
            return forms.view(ask)
        case Say(card) | Update(card):
            return forms.shown_card(card, answered.copy)
        case Quiet():
            return None
        case _:
            assert_never(answered.reply)


def _is_same_form(ask: Ask, view: Body) -> bool:
    """Whether the open modal has every field, so that errors find their place in it."""
    there = view["state"]["values"].keys()
    same = ask.form.dialog == view["callback_id"] and ask.token == view["private_metadata"]
    return same and {f.id for f in ask.form.fields} == set(there) and ask.errors.keys() <= there


async def _sent(client: AsyncWebClient, method: str, message: Json) -> None:
    await too_long.sent(lambda said: client.api_call(method, json=said), message)


async def taken(call: Awaitable[object]) -> bool:
    """Whether Slack took the call. The turn is done already: a fault here is told to the log only."""
    try:
        await call
    except FAULTS as error:
        code = api.code_of(error) if isinstance(error, SlackApiError) else type(error).__name__
        log.warning("an answer was not taken", extra={"action": "answer_failed", "error": code})
        return False
    return True
