"""The address of an open form, for pages without script: a reload, the address bar and "back" find it again."""

from dataclasses import replace
from typing import Any

from aiohttp import web

from bot.dispatch.conversation_store import Conversations
from bot.dispatch.submissions import ASKED_FOR, PLACE
from bot.protocol import serialization
from channels.web.views import Conversation, Opened
from channels.web.visitor import Visitor

NOBODY = dict.fromkeys(ASKED_FOR)  # the token stands for a page, it cannot be sent in as the form's own


async def keep(waiting: Conversations, who: Visitor, here: Conversation, opened: Opened) -> str:
    """The path of this form in this conversation, for this person alone."""
    asked = serialization.dump(replace(opened.asked, state={})) if opened.asked else None
    state = {"asked": asked, "pressed": opened.pressed, "person": who.id, "conversation": here.key, PLACE: NOBODY}
    return f"/c/{here.slug}/form/{await waiting.open(state)}"


async def find(waiting: Conversations, token: str, who: Visitor, here: Conversation) -> Opened:
    """The form of that address as it was asked. Raises 404 where it has expired, or is not theirs, or not here."""
    state: dict[str, Any] = await waiting.read(token) or {}
    if (state.get("person"), state.get("conversation")) != (who.id, here.key):
        raise web.HTTPNotFound
    return Opened(asked=serialization.load(state["asked"]), pressed=state["pressed"])
