"""Replies in the way of each kind of request: the answer to it, a modal, the way back."""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import assert_never

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.dispatch.conversation_store import ConversationStore
from bot.i18n.copy import Copy
from bot.protocol.channel import DeliveryUncertain, DestinationGone, RetryLater
from bot.protocol.elements import Card, Text
from bot.protocol.serialization import dump_value, load_value
from bot.protocol.turns import Ask, Quiet, Reply, Say, Update
from channels.slack.api import SlackCallFailed, get_slack_error_code, post_to_response_url, translate_slack_error
from channels.slack.outbound.posts import NO_UNFURL
from channels.slack.outbound.too_long import send_or_shorten
from channels.slack.render.cards import FORM_ACTION, render_slack_button, render_slack_card
from channels.slack.render.forms import render_card_modal, render_form_errors, render_slack_form
from channels.slack.types import SlackBody, SlackPayloadJson
from channels.slack.workspaces.workspaces import Workspaces

SLACK_CALL_ERRORS = (
    SlackApiError,
    ClientError,
    OSError,
    SlackCallFailed,
    RetryLater,
    DestinationGone,
    DeliveryUncertain,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SlackReply:
    """What the bot said, the language it said it in, and to which workspace."""

    reply: Reply
    copy: Copy
    team: str


@dataclass(frozen=True, slots=True)
class SlackResponder:
    workspaces: Workspaces
    conversations: ConversationStore
    form_s: float

    async def command(self, answered: SlackReply, body: SlackBody) -> SlackPayloadJson:
        """Return the body of the answer to a slash command. For a form, open the modal first."""
        reply, copy = answered.reply, answered.copy
        match reply:
            case Say(card, private):
                return render_slack_card(card, copy) | {"response_type": "ephemeral" if private else "in_channel"}
            case Update(card):
                return render_slack_card(card, copy) | {"response_type": "ephemeral"}
            case Ask():
                if await self._shown("views.open", reply, answered.team, body):
                    return {}
                return await self._way_to_form(reply, copy) | {"response_type": "ephemeral"}
            case Quiet():
                return {}
            case _:
                assert_never(reply)

    async def command_late(self, body: SlackBody, said: Awaitable[SlackPayloadJson]) -> None:
        """Send the late answer of an acknowledged command to its reply URL."""
        if (message := await said) and body.get("response_url"):
            await self._told(body["team_id"], body["user_id"], body, message | {"replace_original": False})

    def submission(self, answered: SlackReply, body: SlackBody) -> SlackPayloadJson:
        """Return the body of the answer to a modal. An error is shown at its field, and the typed text stays."""
        reply = answered.reply
        if isinstance(reply, Ask) and reply.errors and _is_same_form(reply, body["view"]):
            return {"response_action": "errors", "errors": render_form_errors(reply)}
        view = _view(answered)
        return {"response_action": "update", "view": view} if view else {}

    async def submission_late(self, body: SlackBody, answered: Awaitable[SlackReply]) -> None:
        """Show what an acknowledged form came to, in its modal."""
        await self.aside(await answered, body)

    async def press(self, answered: SlackReply, body: SlackBody) -> None:
        """Answer a button: its message changes, something is said beside it, or a form opens."""
        reply = answered.reply
        method = "views.push" if body.get("view") else "views.open"
        if isinstance(reply, Ask) and await self._shown(method, reply, answered.team, body):
            return
        await self.aside(answered, body)

    async def in_modal(self, answered: SlackReply, body: SlackBody) -> None:
        """Answer what was chosen from a menu: in a modal, or where that opens too late, beside it."""
        view = _view(answered)
        if view is None or await self._opened("views.open", view, answered.team, body):
            return
        if body.get("response_url"):
            await self.aside(answered, body)
        else:
            said = await self._said(answered)
            call = NO_UNFURL | {key: said[key] for key in ("text", "blocks")}
            await try_slack_call(self._directly(answered.team, body["user"]["id"], call))

    async def aside(self, answered: SlackReply, body: SlackBody) -> None:
        """Answer beside the acknowledgement: through the way back, or in the modal."""
        if body.get("response_url"):
            said = await self._said(answered)
            if said:
                await self._told(answered.team, body["user"]["id"], body, said)
        elif body.get("view") and (view := _view(answered)):
            client = self.workspaces.client_of(answered.team)
            await try_slack_call(client.views_update(view_id=body["view"]["id"], view=view))

    async def event(self, answered: SlackReply, event: SlackBody) -> None:
        """Answer where the person wrote: in their direct messages, or in the place for them alone.

        Raises what Slack does. If they cannot be reached there, as guests of a thread or after the bot was removed,
        they get a direct message; errors that may pass are raised.
        """
        said = await self._said(answered)
        if not said:
            return
        in_public = isinstance(answered.reply, Say) and not answered.reply.private
        call = NO_UNFURL | {key: said[key] for key in ("text", "blocks")}
        there = call | {key: event[key] for key in ("channel", "thread_ts") if event.get(key)}
        client = self.workspaces.client_of(answered.team)
        if in_public or event["channel"].startswith("D"):
            await _sent(client, "chat.postMessage", there)
            return
        try:
            await _sent(client, "chat.postEphemeral", there | {"user": event["user"]})
        except SlackApiError as error:
            if isinstance(translate_slack_error(error), RetryLater | DeliveryUncertain):
                raise
            await self._directly(answered.team, event["user"], call)

    async def _told(self, team: str, account: str, body: SlackBody, message: SlackPayloadJson) -> None:
        """Send the message through the reply URL. If Slack does not take it there, send it to the person directly."""
        if not await try_slack_call(self._respond(body, message)):
            call = NO_UNFURL | {key: message[key] for key in ("text", "blocks")}
            await try_slack_call(self._directly(team, account, call))

    async def _directly(self, team: str, account: str, call: SlackPayloadJson) -> None:
        """Send the message to the person's direct messages, for a place where the person or the bot is missing."""
        client = self.workspaces.client_of(team)
        opened = await client.conversations_open(users=[account])
        await _sent(client, "chat.postMessage", call | {"channel": opened["channel"]["id"]})

    async def _respond(self, body: SlackBody, message: SlackPayloadJson) -> None:
        plain = self.workspaces.plain
        await send_or_shorten(lambda said: post_to_response_url(plain, body["response_url"], said), message)

    async def form(self, token: str, team: str, body: SlackBody) -> bool:
        """Open the form after a press on its button, which gives the trigger it needs.

        Return False if the form is no longer stored.
        """
        kept = await self.conversations.read(token)
        ask = load_value(kept["ask"]) if kept and "ask" in kept else None
        if not kept or not isinstance(ask, Ask):
            return False
        if not await self._shown("views.open", ask, team, body):
            copy = Copy(kept["language"])
            gone = copy.line("slack.form_gone")
            await self.aside(
                SlackReply(Say(Card(copy.line("notices.refused"), gone, (Text((gone,)),))), copy, team), body
            )
        return True

    async def _said(self, answered: SlackReply) -> SlackPayloadJson:
        """Return the message of the reply with the fields that a reply URL needs, or {} for an empty reply."""
        reply, copy = answered.reply, answered.copy
        match reply:
            case Say(card, private):
                kind = "ephemeral" if private else "in_channel"
                return render_slack_card(card, copy) | {"response_type": kind, "replace_original": False}
            case Update(card):
                return render_slack_card(card, copy) | {"replace_original": True}
            case Ask():
                return await self._way_to_form(reply, copy) | {"response_type": "ephemeral", "replace_original": False}
            case Quiet():
                return {}
            case _:
                assert_never(reply)

    async def _shown(self, method: str, ask: Ask, team: str, body: SlackBody) -> bool:
        return await self._opened(method, render_slack_form(ask), team, body)

    async def _opened(self, method: str, view: SlackPayloadJson, team: str, body: SlackBody) -> bool:
        call = {"trigger_id": body["trigger_id"], "view": view}
        opening = self.workspaces.client_of(team).api_call(method, json=call)
        return await try_slack_call(asyncio.wait_for(opening, self.form_s))

    async def _way_to_form(self, ask: Ask, copy: Copy) -> SlackPayloadJson:
        """Build a message with a button that opens the form, since only a press brings the trigger of a modal."""
        token = await self.conversations.open({"ask": dump_value(ask), "language": copy.language})
        words = ask.form.intro or copy.line("slack.form_title")
        said = render_slack_card(Card(ask.form.title, words, (Text((words,)),)), copy)
        opener = {
            "type": "actions",
            "elements": [render_slack_button(FORM_ACTION, copy.line("slack.open_form"), token)],
        }
        return said | {"blocks": [*said["blocks"], opener]}


def _view(answered: SlackReply) -> SlackPayloadJson | None:
    match answered.reply:
        case Ask() as ask:
            return render_slack_form(ask)
        case Say(card) | Update(card):
            return render_card_modal(card, answered.copy)
        case Quiet():
            return None
        case _:
            assert_never(answered.reply)


def _is_same_form(ask: Ask, view: SlackBody) -> bool:
    """Return whether the open modal is this form with the same fields, so that each error finds its place in it."""
    there = view["state"]["values"].keys()
    same = ask.form.dialog == view["callback_id"] and ask.token == view["private_metadata"]
    return same and {f.id for f in ask.form.fields} == set(there) and ask.errors.keys() <= there


async def _sent(client: AsyncWebClient, method: str, message: SlackPayloadJson) -> None:
    await send_or_shorten(lambda said: client.api_call(method, json=said), message)


async def try_slack_call(call: Awaitable[object]) -> bool:
    """Await the call and return whether Slack took it. A failure is only logged, because the turn is already done."""
    try:
        await call
    except SLACK_CALL_ERRORS as error:
        code = get_slack_error_code(error) if isinstance(error, SlackApiError) else type(error).__name__
        log.warning("an answer was not taken", extra={"action": "answer_failed", "error": code})
        return False
    return True
