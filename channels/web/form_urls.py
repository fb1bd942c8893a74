"""Addresses of open forms for pages without script, so that a reload and "back" find them again."""

from dataclasses import replace
from typing import Any

from aiohttp import web

from bot.dispatch.conversation_store import ConversationStore
from bot.dispatch.submissions import FORM_ORIGIN_KEY, FORM_OWNER_FIELDS
from bot.protocol.serialization import dump_value, load_value
from channels.web.views import Conversation, ConversationState
from channels.web.visitor import Visitor

UNUSABLE_PLACE = dict.fromkeys(FORM_OWNER_FIELDS)  # the token names a page, and is refused as a form's own


async def save_web_form(waiting: ConversationStore, who: Visitor, here: Conversation, opened: ConversationState) -> str:
    """Store the form for this person and conversation. Return its path."""
    asked = dump_value(replace(opened.asked, state={})) if opened.asked else None
    state = {
        "asked": asked,
        "pressed": opened.pressed,
        "person": who.id,
        "conversation": here.key,
        FORM_ORIGIN_KEY: UNUSABLE_PLACE,
    }
    return f"/c/{here.slug}/form/{await waiting.open(state)}"


async def load_web_form(waiting: ConversationStore, token: str, who: Visitor, here: Conversation) -> ConversationState:
    """Return the form at that address. Raises 404 if it has expired, or belongs to another person or conversation."""
    state: dict[str, Any] = await waiting.read(token) or {}
    if (state.get("person"), state.get("conversation")) != (who.id, here.key):
        raise web.HTTPNotFound
    return ConversationState(asked=load_value(state["asked"]), pressed=state["pressed"])
